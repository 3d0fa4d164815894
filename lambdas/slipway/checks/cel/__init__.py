"""The Common Expression Language as the API server runs it in validation rules of CRDs.

Source: github.com/google/cel-spec doc/langdef.md; github.com/google/cel-go v0.29; k8s.io/apiserver pkg/cel/library and
pkg/cel/environment/base.go. Why it is our own: docs/decisions/cel-of-our-own.md.

Example:
    >>> rule = compile_expression("self.min <= self.max && self.name.startsWith('a')", ("self",))
    >>> rule.run({"self": {"min": 1, "max": 2, "name": "abc"}}, Meter(100))
    True
"""

from slipway.checks.cel.errors import CelError, CelUnsupported, OverBudget
from slipway.checks.cel.meter import Meter
from slipway.checks.cel.program import Program, compile_expression

__all__ = ["CelError", "CelUnsupported", "Meter", "OverBudget", "Program", "compile_expression"]
