"""The vSphere driver of paver: from bare ESXi hosts, or an existing vCenter, to a paved environment."""
