"""Where the library would make something else of a build than kubectl does.

They are not the same kustomize: kubectl 1.35 has 5.7.1, the library (pykustomize 0.1.4) has 5.8.3, and is compiled by a
newer Go. What changed in between and can change an output is listed here, from the source of both (kustomize's api
v0.20.1 and v0.21.3, kyaml likewise). Each has to do with words that stand in a build's files, or in its output. Builds
with these words are kubectl's; whether one of them needs it is not looked into any closer than is cheap.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from slipway.fleet.kustomization import KUSTOMIZATION_FILES

COMPARED = ("pykustomize 0.1.4", "kustomize v5.7.1")
"""The versions that this was written for: the library's, and that of the kustomize in kubectl."""


def inputs_diverge(files: Mapping[str, bytes]) -> bool:
    """True if the library may make something else of these files."""
    contents = files.values()
    # Names of fields are compared without case.
    fields = b"\n".join(data for path, data in files.items() if path.rpartition("/")[2] in KUSTOMIZATION_FILES).lower()
    if any(word in fields for word in _FIELDS) or any(word in data for word in _WORDS for data in contents):
        return True
    if any(field in fields and any(_has_all(data, words) for data in contents) for field, words in _TOGETHER):
        return True
    images = b"\n".join(_IMAGES_FIELD.findall(fields))
    return images != b"" and (_IMAGE_NAME.search(images) is not None or any(map(_DIGEST.search, contents)))


def output_diverges(output: str) -> bool:
    """True if kubectl may refuse what the library made."""
    return _ODD_KEY.search(output) is not None


_FIELDS = (
    b"openapi",  # the library keeps the schema for the builds that follow in the same process
    b"replacements",  # selectors are regular expressions since 5.8, and reach into text that is YAML or JSON
    b"managedbylabel",  # the label has the version of kustomize
    *(b"allownamechange", b"allowkindchange"),  # 5.7 minds the case of options
    *(b"generators:", b"transformers:", b"validators:", b"configurations:", b"vars:"),  # rare, and can do all of this
)
"""Words of a kustomization, in lower case."""
_WORDS = (
    b"internal.config.kubernetes.io",  # helm-generated is one more of kustomize's own annotations since 5.8
    b"ValidatingAdmissionPolicy",  # known to have no namespace since 5.8.2
)
"""Words of any file."""
_TOGETHER = (
    (b"includetemplates", (b"volumeClaimTemplates",)),  # not labelled since 5.8.2
    (b"secretgenerator", (b"stringData",)),  # merged into data since 5.8.2
    (b"image", (b"jobTemplate", b"volumes")),  # images of a CronJob's volumes are known since 5.8.2
)
"""Words of a kustomization, in lower case, with words that one file has."""
_DIGEST = re.compile(rb"@(?!sha256:)[a-zA-Z0-9+._-]+:")
"""A digest that is matched since 5.8.2."""
_IMAGES_FIELD = re.compile(rb"^(?:images|imagetags):.*(?:\n[ -].*)*", re.MULTILINE)
_IMAGE_NAME = re.compile(rb"\bname: .*[\[\](){}*+?\\|^$]")
"""The name of an image that may be no regular expression: a panic before 5.8.2."""
_ODD_KEY = re.compile(
    r"""^[ -]*["']?(?:[-+.]?[0-9.][^\s:]*|~|true|True|TRUE|false|False|FALSE|null|Null|NULL|)["']?:(?: |$)|^[ -]*\? """,
    re.MULTILINE,
)
"""A key that was no text somewhere, such as a number. Older Go makes no JSON of it, which kustomize needs in places."""


def _has_all(data: bytes, words: tuple[bytes, ...]) -> bool:
    return all(word in data for word in words)
