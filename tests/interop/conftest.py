"""What the comparisons with Flux share."""

import pytest

from tests.interop.reference import FluxReference


@pytest.fixture(scope="session")
def flux() -> FluxReference:
    """Flux's own code."""
    return FluxReference()
