"""Where moto is wrong and this driver would notice: its answers are brought to what AWS's own reference says.

Elastic Load Balancing API Reference, `SubnetMapping` and `LoadBalancerAddress`: a network load balancer keeps the
elastic addresses that it was given. User Guide, "Network Load Balancers": it has a network interface in each of its
subnets, and the interface's description names it. moto forgets the first and makes none of the second.

S3 User Guide, "Bucket policies": a statement applies where its conditions hold. moto applies it wherever, so that one
which denies whoever comes without TLS denies everybody. Here nobody is taken to come without.

IAM API Reference, `User`: a user has the permissions boundary that it was made with. moto forgets it.

IAM API Reference, `RemoveRoleFromInstanceProfile`: a role that is in no such profile is NoSuchEntity. moto breaks down.

EC2 User Guide, "Delete a network interface" and "Elastic IP addresses": the first interface of a machine goes with it,
and its address is free then. So it is with a NAT gateway (VPC User Guide). moto leaves interfaces and addresses.

EC2 API Reference, GetConsoleOutput: what a machine printed. moto's machines print nothing of their own; here they print
host keys, as cloud-init does.

Service Quotas API Reference, GetAWSDefaultServiceQuota: a quota that nobody has changed is told there. moto has not the
operation; here it tells what moto knows of quotas, which is the VPC's, and of any other that there is none.

Where moto looks up who calls, it computes another signature for Route 53 than AWS does. There, the key alone counts.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from paver_aws.sandbox.simulator import simulate

NETWORK = "network"
_MENDED = "_paver_mended"


def repair() -> None:
    """Mend moto in this process. Doing it twice does nothing more."""
    _balancers()
    _bucket_policies()
    _boundaries()
    _profiles()
    _signatures()
    _consoles()
    _terminations()
    _gateways()
    _quotas()
    simulate()


def _quotas() -> None:
    from moto.servicequotas import responses as typed  # noqa: PLC0415  it reads its settings when it is imported

    answers: Any = typed.ServiceQuotasResponse
    answers.get_aws_default_service_quota = answers.get_service_quota


def _gateways() -> None:
    from moto.ec2.models import nat_gateways as typed  # noqa: PLC0415  it reads its settings when it is imported

    gateways: Any = typed
    backend = gateways.NatGatewayBackend
    if getattr(backend, _MENDED, False):
        return
    delete = backend.delete_nat_gateway

    def deleted(self: Any, nat_gateway_id: str) -> Any:
        gone = delete(self, nat_gateway_id)
        if gone._eni.id in self.enis:  # noqa: SLF001  moto gives it no other name
            for address in list(self.addresses):
                if address.eni is gone._eni:  # noqa: SLF001  the same
                    self.disassociate_address(association_id=address.association_id)
            self.delete_network_interface(gone._eni.id)  # noqa: SLF001  the same
        return gone

    backend.delete_nat_gateway = deleted
    setattr(backend, _MENDED, True)


def _terminations() -> None:
    from moto.ec2.models import instances as typed  # noqa: PLC0415  it reads its settings when it is imported

    instances: Any = typed
    instance = instances.Instance
    if getattr(instance, _MENDED, False):
        return
    terminate = instance.terminate

    def terminated(self: Any) -> Any:
        for interface in self.nics.values():
            interface.delete_on_termination = interface.delete_on_termination or interface.device_index == 0
        for address in list(self.ec2_backend.addresses):
            if address.instance is self:
                self.ec2_backend.disassociate_address(association_id=address.association_id)
        return terminate(self)

    instance.terminate = terminated
    setattr(instance, _MENDED, True)


def _consoles() -> None:
    from moto.ec2.responses import general as typed  # noqa: PLC0415  it reads its settings when it is imported

    general: Any = typed
    if getattr(general.General, _MENDED, False):
        return

    def told(self: Any) -> Any:
        machine = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        text = general.Base64EncodedString.from_raw_string(_printed(machine.id))
        return general.ActionResult({"InstanceId": machine.id, "Timestamp": general.utcnow(), "Output": text})

    general.General.get_console_output = told
    setattr(general.General, _MENDED, True)


def _printed(machine: str) -> str:
    """A machine's own key, the same whenever it is asked."""
    blob = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + hashlib.sha256(machine.encode()).digest()
    key = f"ssh-ed25519 {base64.b64encode(blob).decode()} root@{machine}"
    lines = ("-----BEGIN SSH HOST KEY KEYS-----", key, "-----END SSH HOST KEY KEYS-----", "[   11.2] cloud-init: done")
    return "".join(f"{line}\r\n" for line in lines)


def _signatures() -> None:
    from moto.iam import access_control as typed  # noqa: PLC0415  it reads its settings when it is imported

    control: Any = typed
    request = control.IAMRequestBase
    if getattr(request, _MENDED, False):
        return
    check = request.check_signature

    def checked(self: Any) -> None:
        if self._service != "route53":
            check(self)

    request.check_signature = checked
    setattr(request, _MENDED, True)


def _boundaries() -> None:
    from moto.iam import responses as typed  # noqa: PLC0415  it reads its settings when it is imported

    responses: Any = typed
    answers = responses.IamResponse
    if getattr(answers, _MENDED, False):
        return
    create = answers.create_user

    def created(self: Any) -> Any:
        answer = create(self)
        arn = self._get_param("PermissionsBoundary")
        if arn:
            user = self.backend.get_user(self._get_param("UserName"))
            user.permissions_boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
        return answer

    answers.create_user = created
    setattr(answers, _MENDED, True)


def _profiles() -> None:
    from moto.iam import exceptions, models  # noqa: PLC0415  it reads its settings when it is imported

    backend: Any = models.IAMBackend
    if getattr(backend, _MENDED, False):
        return
    remove = backend.remove_role_from_instance_profile

    def removed(self: Any, profile_name: str, role_name: str) -> None:
        if self.get_role(role_name) not in self.get_instance_profile(profile_name).roles:
            raise exceptions.NotFoundException(f"Role {role_name} in Instance Profile {profile_name} cannot be found.")
        remove(self, profile_name, role_name)

    backend.remove_role_from_instance_profile = removed
    setattr(backend, _MENDED, True)


def _bucket_policies() -> None:
    from moto.s3 import models as typed  # noqa: PLC0415  it reads its settings when it is imported

    models: Any = typed
    bucket = models.FakeBucket
    if getattr(bucket, _MENDED, False):
        return
    judge = bucket.get_permission

    def judged(self: Any, action: str, resource: str) -> Any:
        whole = self.policy
        if whole is None:
            return judge(self, action, resource)
        document = json.loads(whole)
        kept = [statement for statement in document["Statement"] if "Condition" not in statement]
        self.policy = json.dumps({**document, "Statement": kept}).encode() if kept else None
        try:
            return judge(self, action, resource)
        finally:
            self.policy = whole

    bucket.get_permission = judged
    setattr(bucket, _MENDED, True)


def _balancers() -> None:
    from moto.elbv2 import models as typed  # noqa: PLC0415  it reads its settings when it is imported

    models: Any = typed
    backend, balancer = models.ELBv2Backend, models.FakeLoadBalancer
    if getattr(backend, _MENDED, False):
        return
    create, delete = backend.create_load_balancer, backend.delete_load_balancer

    def created(self: Any, *args: Any, **kwargs: Any) -> Any:
        made = create(self, *args, **kwargs)
        made.mappings = {one["SubnetId"]: one for one in kwargs.get("subnet_mappings") or ()}
        made.interfaces = _interfaces(self.ec2_backend, made) if made.type == NETWORK else []
        return made

    def deleted(self: Any, arn: str) -> None:
        for id_ in getattr(self.load_balancers.get(arn), "interfaces", ()):
            self.ec2_backend.delete_network_interface(id_)
        delete(self, arn)

    def zones(self: Any) -> list[Any]:
        return [_zone(models, self, subnet) for subnet in self.subnets]

    backend.create_load_balancer = created
    backend.delete_load_balancer = deleted
    balancer.availability_zones = property(zones)
    setattr(backend, _MENDED, True)


def _interfaces(ec2: Any, balancer: Any) -> list[str]:
    found = []
    for subnet in balancer.subnets:
        made = ec2.create_network_interface(
            subnet,
            private_ip_address=None,
            group_ids=balancer.security_groups,
            description="ELB " + balancer.arn.partition("loadbalancer/")[2],
        )
        made.interface_type, made.requester_managed, made.status = "network_load_balancer", True, "in-use"
        found.append(made.id)
    return found


def _zone(models: Any, balancer: Any, subnet: Any) -> Any:
    zone = models.AvailabilityZone(subnet)
    allocation = getattr(balancer, "mappings", {}).get(subnet.id, {}).get("AllocationId")
    if allocation is not None:
        [address] = subnet.ec2_backend.address_by_allocation([allocation])
        zone.load_balancer_addresses = [{"AllocationId": allocation, "IpAddress": address.public_ip}]
    return zone
