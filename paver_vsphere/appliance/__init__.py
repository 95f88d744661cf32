"""The vCenter appliance on a bare ESXi host, step by step: import, first boot, trust."""
