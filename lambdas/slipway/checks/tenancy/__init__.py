"""Who may do what: Kubernetes' RBAC, Flux's tenants, owners of paths, policies of AWS."""
