"""Would the API server take this object? Kubernetes' own kinds per its version, custom ones per their definition.

The yardstick is what Flux does: a server-side apply. So an unknown field is an error, `null` counts as unset, two
entries with the same key in a keyed list are an error, and `status` must fit the schema but need not be complete.

Example:
    >>> from slipway.tools.schemas import load_schemas
    >>> web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": "3"}}
    >>> for error in validate(web, "1.33", load_schemas()).errors:
    ...     print(error)
    spec.selector: required field is missing
    spec.template: required field is missing
    spec.replicas: expected integer, got string "3" (remove the quotes)
"""

from slipway.checks.schema.catalog import Schemas
from slipway.checks.schema.catalogue import Catalogue, CataloguedKind
from slipway.checks.schema.crd import CustomSchema
from slipway.checks.schema.defined import DefinedKind, DefinedKinds, GroupKind, defined_kinds
from slipway.checks.schema.errors import Reason, SchemaError
from slipway.checks.schema.published import VersionSchemas
from slipway.checks.schema.validate import SchemaResult, validate

__all__ = [
    "Catalogue",
    "CataloguedKind",
    "CustomSchema",
    "DefinedKind",
    "DefinedKinds",
    "GroupKind",
    "Reason",
    "SchemaError",
    "SchemaResult",
    "Schemas",
    "VersionSchemas",
    "defined_kinds",
    "validate",
]
