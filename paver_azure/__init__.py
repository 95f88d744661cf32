"""The Azure driver: one subscription and location, over azure-identity and the azure-mgmt packages."""
