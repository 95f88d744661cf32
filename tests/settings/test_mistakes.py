"""Every mistake is told with its place, its path, what is wrong and what to write instead."""

from __future__ import annotations

import re

import pytest

from paver.settings import check_spec

# old text in the example, new text, and the message that follows, without the file
MISTAKES = [
    # values
    ("name: staging", "name: Staging", "3:1: name: lower-case letters, digits and single hyphens are wanted, a letter first"),
    ("name: staging", "name: stagings-are-long", "3:1: name: at most 16 characters are wanted; the strictest IaaS sets this limit"),
    ("name: staging", "name: x", "3:1: name: at least 2 characters are wanted"),
    ("name: staging", "name: 4711", "3:1: name: text is wanted; quote it"),
    ("name: staging", "name:", "3:1: name: has no value; fill it in"),
    ("name: staging", "nam: staging", "2:1: name: is missing"),
    ("name: staging", "nam: staging", "3:1: nam: no such key; did you mean name?"),
    ("schema_version: 1", "schema_version: 2", "2:1: schema_version: 1 is wanted"),
    ("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4", "mine", "4:1: id: a UUID is wanted; `paver init` writes one"),
    ('"4711"', "4711", "5:26: labels.cost-centre: text is wanted; quote it"),
    ('"4711"', "2026-12-31", "5:26: labels.cost-centre: text is wanted; quote it"),
    ('"4711"', "true", "5:26: labels.cost-centre: text is wanted; quote it"),
    ("team: platform", "paver-team: x", "5:10: labels.paver-team: labels that begin with paver are paver's own"),
    ("zones: 3", "zones: 5", "6:1: zones: 5 zones are wanted, and there are 1 to 4"),
    ("zones: 3", "zones: 1000000000", "6:1: zones: 1000000000 zones are wanted, and there are 1 to 4"),
    ("zones: 3", "zones: [z1, z5]", "6:13: zones.1: one of z1, z2, z3, z4 is wanted"),
    ("zones: 3", "zones: [z1, z1]", "6:1: zones: each zone stands here once"),
    ("zones: 3", "zones: three", "6:1: zones: a list is wanted; like [a, b]"),
    ("10.20.0.0/16", "10.0.0.0/8", "7:1: address_space: a CIDR from /16 to /21 is wanted: that is what every IaaS takes"),
    ("10.20.0.0/16", "10.20.0.1/16", "7:1: address_space: a network is wanted; its first address and width, like 10.20.0.0/16"),
    ("management: {}", "management:", "9:3: networks.management: has no value; write {} to take every default"),
    ("management: {}", "management: []", "9:3: networks.management: a mapping is wanted; keys and values, or {} for nothing"),
    ("egress: proxy", "egres: proxy", "12:5: networks.services.egres: no such key; did you mean egress?"),
    ("egress: proxy", "ports: []", "12:5: networks.services.ports: no such key; keys here: purpose, cidr, zones, egress, reserved, existing"),
    ("egress: proxy", "egress: gateway", "12:5: networks.services.egress: one of direct, nat, proxy, none is wanted"),
    ("200-10.20.16.220", "200-10.20.16.20", "13:16: networks.services.reserved.0: the range ends before it begins"),
    ("capacity_gib: 2000", "capacity_gib: 0", "17:29: datastores.vms.capacity_gib: more than 0 is wanted"),
    ("capacity_gib: 2000", "capacity_gib: 1.5", "17:29: datastores.vms.capacity_gib: a whole number is wanted"),
    ("encrypted: true", "encrypted: maybe", "18:52: datastores.disks.encrypted: true or false is wanted"),
    ("rotate_after: 90d}\n  blob", "rotate_after: 3 months}\n  blob", "21:32: credentials.bosh-cpi.rotate_after: days are wanted; like 90d"),
    ("names: [concourse]", "names: []", "28:42: certificates.leaves.concourse.names: at least 1 entry is wanted"),
    ("names: [concourse]", "names: concourse", "28:42: certificates.leaves.concourse.names: a list is wanted; like [a, b]"),
    ("ports: [443]", "ports: [70000]", "30:23: load_balancers.concourse.ports.0: at most 65535 is wanted"),
    ("target: 2222", "to: 2222", "32:13: load_balancers.ssh.ports.0.target: is missing"),
    ("zone: staging.example.com", "zone: Staging_1", "36:7: dns.zone: a host name is wanted; lower-case letters, digits, hyphens and dots, like db.example.com"),
    ("[10.1.0.53]", "[10.1.0]", "36:44: dns.servers.0: an address is wanted; like 10.20.0.4"),
    ("T18:00:00Z", "", "40:1: expires: a time with its zone is wanted; like 2026-12-31T18:00:00Z"),
    ("T18:00:00Z", "T18:00:00", "40:1: expires: a time with its zone is wanted; like 2026-12-31T18:00:00Z"),
    # what stands further apart
    ("10.20.16.0/20", "10.20.8.0/21", "11:5: networks.services.cidr: 10.20.8.0/21 overlaps management (10.20.0.0/20)"),
    ("10.20.16.0/20", "10.99.0.0/20", "11:5: networks.services.cidr: 10.99.0.0/20 is outside address_space 10.20.0.0/16"),
    ("10.20.16.0/20", "10.20.16.0/26", "11:5: networks.services.cidr: 10.20.16.0/26 leaves a zone fewer than 32 addresses: /25 or wider, or one zone"),
    ("10.20.16.200-", "10.20.15.200-", "13:16: networks.services.reserved.0: 10.20.15.200-10.20.16.220 is outside 10.20.16.0/20"),
    ("workload: {}", "workload: {zones: [z4]}", "14:14: networks.workload.zones: the environment has only z1, z2, z3"),
    ("workload: {}", "other: {}", "14:3: networks.other: purpose is missing: one of management, services, lb, storage, workload"),
    ("management: {}", "management: {purpose: services}", "8:1: networks: exactly one network has the purpose management"),
    ("management: {}", "management: {zones: [z2]}", "8:1: networks: the management network serves z1, where the director goes"),
    ("workload: {}", "workload: {egress: direct}", "14:14: networks.workload.egress: only a network of purpose lb has egress direct"),
    ("https: http://proxy.example.com:3128, ", "", "12:5: networks.services.egress: egress proxy needs proxy.http or proxy.https"),
    ("datastore: blobs", "datastore: blob", "22:34: credentials.blobstore.datastore: blob is none of: vms, disks, blobs"),
    ("signed_by: intermediate", "signed_by: nobody", "28:17: certificates.leaves.concourse.signed_by: nobody is none of: root, intermediate"),
    ("{lifetime: 3650d}", "{signed_by: intermediate}", "25:12: certificates.authorities.root.signed_by: root would sign itself by way of intermediate"),
    ("{ports: [443]}", "{ports: [443], network: workload}", "30:29: load_balancers.concourse.network: workload is none of: lb"),
    ("{ports: [443]}", "{ports: [443, 443]}", "30:28: load_balancers.concourse.ports.1: tcp 443 stands here twice"),
    ("  concourse: {ports", "  jumpbox: {ports", "30:3: load_balancers.jumpbox: jumpbox is a name of paver's own"),
    ("jumpbox: {public: true, allow: [198.51.100.0/24]}", "jumpbox: {public: true}", "35:1: jumpbox.allow: a public jumpbox says who may reach it"),
    # a driver's section, by the driver's own model and checks
    ('account: "000000000001"', 'acount: "000000000001"', "44:5: iaas.memory.acount: no such key; did you mean account?"),
    ('account: "000000000001"', "account: 7", "44:5: iaas.memory.account: text is wanted; quote it"),
    ("    path: world.json\n", "", "42:3: iaas.memory.path: is missing"),
    ("z3: rack-3", "z4: rack-4", "45:5: iaas.memory.zones: z3 is placed nowhere"),
    ("z3: rack-3", "z4: rack-4", "45:37: iaas.memory.zones.z4: the environment has only z1, z2, z3"),
    ("path: world.json", "path: world.json\n    retain: [network/nowhere]", "44:14: iaas.memory.retain.0: network/nowhere is no resource of this environment"),
    # YAML
    ("management: {}", "services: {}", "10:3: networks.services: the key stands here twice; first on line 9"),
    ("team: platform", "team: no", "5:10: labels.team: this word means different things to different readers of YAML; quote it, or write true or false"),
    ("  lb: {}", "  ? [lb]\n  : {}", "15:5: networks: a key is a word; write it without brackets"),
    ("  lb: {}", "  1: {}", "15:3: networks: a key is text; quote it"),
    ("  lb: {}", "  y: {}", "15:3: networks: this word means different things to different readers of YAML; quote it, or write true or false"),
    ("  lb: {}", "  lb: {}\n  <<: {}", "16:3: networks: this word means different things to different readers of YAML; merge keys are not read here: write the keys out"),
    ("  lb: {}", "\tlb: {}", "15:1: (top): found character that cannot start any token; indent with spaces, not tabs; quote a text that begins with @, ` or %"),
    ("  lb: {}", "  lb: !!map {}", "15:7: (top): tags are not read here; leave out what begins with !"),
    ("  lb: {}", "  lb: !!python/object/apply:os.system [true]", "15:7: (top): tags are not read here; leave out what begins with !"),
    ("  lb: {}", "  lb: *nothing", "15:7: (top): an alias stands for nothing; look at this line and the one above"),
    ("  lb: {}", "  lb: &lb {zones: *lb}", "15:12: (top): an alias stands inside what it stands for; write it out"),
    ("  lb: {}", "  lb: {}: {}", "15:9: (top): mapping values are not allowed in this context; quote a text that holds `: `, or look at the indentation"),
    ("datastores:", "---\ndatastores:", "16:1: (top): a second document begins here; one spec a file: give each its own -c"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_to_write_instead(old, new, message, example, said):
    assert example.count(old) >= 1
    assert f"environment.yml:{message}" in said(example.replace(old, new, 1))


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_single_mistake_leads_to_few_messages(old, new, message, example, said):
    assert len(said(example.replace(old, new, 1))) <= 2


def test_the_example_has_no_mistake(example, said):
    assert said(example) == []


WHOLE_FILES = [
    (b"", "1:1: (top): there is nothing in it; `paver init` writes a spec to start from"),
    (b"# nothing but a remark\n", "1:1: (top): there is nothing in it; `paver init` writes a spec to start from"),
    (b"[]", "1:1: (top): this is no spec: keys and values are wanted; `paver init` writes a spec to start from"),
    (b"hello", "1:1: (top): this is no spec: keys and values are wanted; `paver init` writes a spec to start from"),
    (b"\xef\xbb\xbfname: x", "1:1: (top): a byte order mark stands here; save it as UTF-8 without one"),
    ("name: x".encode("utf-16"), "1:1: (top): this is not UTF-8 text; save it as UTF-8"),
    (b"name: x\nzone: \xe9", "2:7: (top): this is not UTF-8 text; save it as UTF-8"),
    (b"\x7fELF\x02\x01\x01\x00", "1:1: (top): a control character stands here; a spec is text"),
    (b"name: x\n\x00", "2:1: (top): a control character stands here; a spec is text"),
    (b"name: 'x", "1:9: (top): found unexpected end of stream; a quote is not closed"),
]


@pytest.mark.parametrize(("raw", "message"), WHOLE_FILES)
def test_a_file_that_is_no_spec_is_told_so(raw, message, said):
    assert said(raw) == [f"environment.yml:{message}"]


def test_a_file_that_is_not_there_is_told_so(said, tmp_path):
    (tmp_path / "folder").mkdir()
    found = [str(m) for m in check_spec(["none.yml", "folder", "a\0b"], environ={}).messages]
    assert found == [
        "none.yml:1:1: (top): cannot be read: no such file or directory; `paver init` writes a spec to start from",
        "folder:1:1: (top): cannot be read: is a directory",
        "a\\x00b:1:1: (top): cannot be read: not a file's name",
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(example, said):
    text = example.replace("10.20.16.0/20", "10.20.0.0/20").replace("egress: proxy", "egres: proxy")
    text = text.replace("name: staging", "name: Staging").replace("datastore: blobs", "datastore: blob")
    text = text.replace("secrets: vault:kv/paver/staging", "secrets: hunter2").replace("path: world", "pth: world")
    found = said(text)
    assert [re.sub(r"^environment.yml:(\d+):\d+: ([^:]*):.*", r"\1 \2", line) for line in found] == [
        "3 name",
        "11 networks.services.cidr",
        "12 networks.services.egres",
        "13 networks.services.reserved.0",
        "22 credentials.blobstore.datastore",
        "39 secrets",
        "42 iaas.memory.path",
        "43 iaas.memory.pth",
    ]


def test_what_follows_only_from_another_mistake_is_not_told(example, said):
    text = example.replace("cidr: 10.20.16.0/20", "cidr: 10.20.16.0/33")
    assert [line.split(": ")[1] for line in said(text)] == ["networks.services.cidr"]


def test_more_messages_than_anybody_reads_are_cut_short(example, said):
    many = "".join(f"  Wrong{number}: {{}}\n" for number in range(300))
    found = said(example.replace("  lb: {}\n", f"  lb: {{}}\n{many}"))
    assert len(found) == 101
    assert found[-1].endswith("there are 200 more problems; put these right first")


def test_a_key_that_would_break_the_line_or_the_terminal_is_escaped(example, said):
    found = said(example.replace("  lb: {}", '  lb: {}\n  "a\\n\\e[31m": {}'))
    assert found[0].startswith("environment.yml:16:3: networks.a\\n\\x1b[31m: ")
    assert all(line.isprintable() for line in found)
