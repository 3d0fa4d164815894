"""Where the fleet's certificate stands, for anybody to seal with."""

from __future__ import annotations

CERTIFICATE_FILE = ".slipway/sealing-certificate.pem"
"""Where `gitops-system` has the certificate of the fleet's sealing key."""
