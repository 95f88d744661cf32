"""What lives in the secret store: authorities, certificates, minted credentials; served to the engine like an IaaS."""
