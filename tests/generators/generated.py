"""configMapGenerator, secretGenerator and generatorOptions."""

from __future__ import annotations

from typing import Any

from tests.generators.dice import Dice
from tests.generators.objects import NAMES, NAMESPACES, Object, name
from tests.generators.scalars import Plain, text


def generator(dice: Dice, data_files: list[str], known: list[Object], *, secret: bool) -> Object:
    """An entry of a generator.

    Args:
        dice: the random choices.
        data_files: files that it may take its data from, relative to the kustomization.
        known: what the kustomization's resources are; a generator may add to one of them.
        secret: whether it makes a Secret.
    """
    kind = "Secret" if secret else "ConfigMap"
    made: Object = {"name": name(dice)}
    same = [item["metadata"].get("name") for item in known if item.get("kind") == kind]
    if same and dice.chance(30):
        made = {"name": dice.pick(same), "behavior": dice.pick(("merge", "replace"))}
    elif dice.chance(5):
        made["behavior"] = dice.either(20, ("merge", "odd", "unspecified"), ("create",))
    if dice.chance(10):
        made["namespace"] = dice.pick(NAMESPACES)
    if dice.chance(70):
        keys = dice.some(("a", "b", "key", "a.b", "yes", "1"), 3)
        made["literals"] = [_literal(dice, key) for key in keys + keys[: dice.chance(2)]]
    if data_files and dice.chance(40):
        made["files"] = [dice.pick(("", "key=", "a.b=", "yes=")) + file for file in dice.some(data_files, 2)]
    envs = [file for file in data_files if file.endswith(".env")]
    if envs and dice.chance(30):
        made["envs"] = [dice.pick(envs)]
    if envs and dice.chance(6):
        made["env"] = dice.either(10, ("gone.env",), envs)
    if secret and dice.chance(40):
        made["type"] = dice.either(3, (Plain("1"), ""), ("Opaque", "kubernetes.io/tls"))
    if dice.chance(20):
        made["options"] = options(dice)
    return made


def options(dice: Dice) -> Object:
    """Options of a generator, or of all."""
    made: dict[str, Any] = {}
    if dice.chance(60):
        made["disableNameSuffixHash"] = dice.pick((True, False))
    if dice.chance(30):
        made["labels"] = {"made": dice.either(4, (Plain("true"), None), ("by-hand", ""))}
    if dice.chance(30):
        made["annotations"] = {"note": text(dice)}
    if dice.chance(15):
        made["immutable"] = True
    return made


def data_file(dice: Dice) -> tuple[str, bytes]:
    """The name and content of a file of data."""
    own_name = dice.pick(("a.conf", "x.env", "b.txt", "data.json", "b.yaml", "bin", "odd name.txt"))
    if own_name == "bin":
        return own_name, dice.pick((b"\x00\x01\xff", b"\xff\xfe", b"", b"\xc3\x28"))
    if own_name == "x.env":
        lines = dice.some(_ENV, 4)
        return own_name, "\n".join(lines).encode()
    content = dice.pick(
        ("a = 1\nb = 2\n", "", "no newline", text(dice), "a\r\nb\r\n", "tabs\t\n", "trailing  \nspaces \n")
    )
    return own_name, content.encode()


_ENV = ("A=1", "B=yes", "# a comment", "", "C=a=b", "D='quoted'", 'E="x"', "F= spaced ", "G=${VAR}", "H", " I=1", "1=x")


def _literal(dice: Dice, key: str) -> str:
    if dice.chance(75):
        return f"{key}={text(dice)}"
    odd = (f"{key}='{dice.pick(NAMES)} x'", f'{key}="x: y"', f"{key}=", f"{key}=a=b", f"{key}=' lead'")
    return dice.either(4, ("no-separator", "=x"), odd)
