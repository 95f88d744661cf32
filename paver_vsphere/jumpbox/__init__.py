"""The jumpbox, a VM made of an OVA, step by step: import, cloud-init, host key."""
