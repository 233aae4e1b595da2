"""What must hold of the logs of all parties, whatever happened to their daemons."""

import base64
import collections
import hashlib
import json
import pathlib
import re
import subprocess
import tempfile

Log = collections.namedtuple("Log", "origin size root entries")


def read(directory):
    """An exported log: C2SP tlog-tiles, a checkpoint and entry bundles."""
    directory = pathlib.Path(directory)
    return read_files({str(path.relative_to(directory)): path.read_bytes()
                       for path in directory.rglob("*") if path.is_file()})


def read_files(files):
    """The same from the contents by path."""
    origin, size, root = files["checkpoint"].decode().split("\n")[:3]
    leaves = []
    for index in range((int(size) + 255) // 256):
        width = min(256, int(size) - 256 * index)
        suffix = f".p/{width}" if width < 256 else ""
        leaves += entries_of(files[f"tile/entries/{_tile_path(index)}{suffix}"])
    return Log(origin, int(size), base64.b64decode(root), leaves)


def entries_of(bundle):
    leaves = []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        leaves.append(bundle[2:2 + length])
        bundle = bundle[2 + length:]
    return leaves


def _tile_path(index):
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03d}")
    return "/".join(parts)


def merkle_root(leaves):
    """RFC 6962, section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


def _root_from_proof(index, size, leaf, hashes):
    """RFC 9162, section 2.1.3.2."""
    fn, sn, root = index, size - 1, leaf
    for sibling in hashes:
        if sn == 0:
            raise ValueError("too many hashes")
        if fn % 2 or fn == sn:
            root = hashlib.sha256(b"\1" + sibling + root).digest()
            while fn and not fn % 2:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = hashlib.sha256(b"\1" + root + sibling).digest()
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise ValueError("too few hashes")
    return root


def _ed25519_holds(key, message, signature):
    """By the program openssl."""
    der = bytes.fromhex("302a300506032b6570032100") + key
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, content in (("key", der), ("message", message), ("signature", signature)):
            (folder / name).write_bytes(content)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER",
                               "-inkey", "key", "-rawin", "-in", "message", "-sigfile",
                               "signature"], cwd=folder, capture_output=True, check=False)
    return done.returncode == 0


def _signed_by(note, vkey):
    """Whether a C2SP signed note has a line by this key that holds; fails on one that does not."""
    name, key_id, encoded = vkey.split("+", 2)
    kind, key = base64.b64decode(encoded)[0], base64.b64decode(encoded)[1:]
    text, lines = note.rsplit("\n\n", 1)
    message = (text + "\n").encode()
    for line in lines.splitlines():
        dash, signer, blob = line.split(" ")
        blob = base64.b64decode(blob)
        if dash != "\u2014" or signer != name or blob[:4].hex() != key_id:
            continue
        if kind == 4:  # cosignature/v1
            time = int.from_bytes(blob[4:12], "big")
            message = f"cosignature/v1\ntime {time}\n".encode() + message
        if not _ed25519_holds(key, message, blob[-64:]):
            raise ValueError(f"a bad signature by {name}")
        return True
    return False


def read_proof(text, authority, tbs, signature):
    """What a C2SP tlog-proof proves of a certificate: (name of the party that logged it, names of
    the parties that cosigned its log). Raises ValueError if it does not hold."""
    fields, note = text.split("\n\n", 1)
    header, extra, index, *hashes = fields.split("\n")
    if header != "c2sp.org/tlog-proof@v1" or extra[:6] != "extra " or index[:6] != "index ":
        raise ValueError("not a tlog-proof with an entry")
    leaf = base64.b64decode(extra[6:])
    entry = json.loads(leaf)
    if (entry["type"] != "issue" or entry["authority"] != authority["id"] or
            base64.b64decode(entry["tbs"]) != tbs or bytes.fromhex(entry["r"]) != signature[:32]):
        raise ValueError("another entry")
    origin, size, root = note.split("\n")[:3]
    party = next(p for p in authority["parties"] if p["log_vkey"].split("+")[0] == origin)
    if party["name"] not in entry["signers"] or not _signed_by(note, party["log_vkey"]):
        raise ValueError("not by a signer")
    found = _root_from_proof(int(index[6:]), int(size), hashlib.sha256(b"\0" + leaf).digest(),
                             [base64.b64decode(line) for line in hashes])
    if found != base64.b64decode(root):
        raise ValueError("not in the tree")
    return party["name"], {p["name"] for p in authority["parties"]
                           if p is not party and _signed_by(note, p["cosigner_vkey"])}


def signed_parts(pem):
    """(to-be-signed bytes, signature) of each Nebula certificate in a PEM text."""
    pattern = r"-----BEGIN NEBULA CERTIFICATE( V2)?-----\n(.*?)-----END"
    for version_2, body in re.findall(pattern, pem, re.DOTALL):
        data = base64.b64decode(body)
        yield _signed_parts_v2(data) if version_2 else _signed_parts_v1(data)


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _signed_parts_v1(data):
    """RawNebulaCertificate: field 1 the details, field 2 the signature."""
    fields, at = {}, 0
    while at < len(data):
        tag, at = _varint(data, at)
        length, at = _varint(data, at)
        fields[tag >> 3] = data[at:at + length]
        at += length
    return fields[1], fields[2]


def _signed_parts_v2(data):
    """SEQUENCE of details [0], curve [1], public key [2], signature [3]. Signed are the element of
    the details, the curve as one byte, the public key."""
    def element(at):
        length, start = data[at + 1], at + 2
        if length >= 128:
            start += length - 128
            length = int.from_bytes(data[at + 2:start], "big")
        return data[at], data[at:start + length], data[start:start + length], start + length

    _, _, _, end = element(0)
    at = end - len(element(0)[2])
    parts = {}
    while at < end:
        tag, whole, content, at = element(at)
        parts[tag & 31] = (whole, content)
    curve = parts[1][1] if 1 in parts else b"\0"
    return parts[0][0] + curve + parts[2][1], parts[3][1]


def check(test, logs, pems, min_signers):
    """Fails the test unless every log is what its checkpoint says, every certificate was logged
    with its exact bytes and R by at least min_signers parties, no R stands for two statements, and
    no two hosts have an address in common. `logs` by party, `pems` by host."""
    intents = collections.defaultdict(dict)  # (to-be-signed, R) → party → entry
    statements = collections.defaultdict(set)  # R → to-be-signed
    outcomes = []
    for party, log in logs.items():
        test.assertEqual(log.size, len(log.entries), f"{party}: size of the checkpoint")
        test.assertEqual(log.root, merkle_root(log.entries), f"{party}: root of the checkpoint")
        for entry in map(json.loads, log.entries):
            if entry["type"] == "issue":
                tbs, r = base64.b64decode(entry["tbs"]), bytes.fromhex(entry["r"])
                test.assertIn(party, entry["signers"])
                intents[tbs, r][party] = entry
                statements[r].add(tbs)
            elif entry["type"] == "outcome":
                outcomes.append(entry)
    for r, signed in statements.items():
        test.assertEqual(len(signed), 1, f"R {r.hex()} stands for two statements: a nonce reused")
    logged = {(hashlib.sha256(tbs).hexdigest(), r.hex()) for tbs, r in intents}
    for outcome in outcomes:
        test.assertIn((outcome["tbs_sha256"], outcome["signature"][:64]), logged)
    holders = {}  # address → host
    for host, pem in pems.items():
        parts = list(signed_parts(pem))
        test.assertTrue(parts, f"{host}: no certificate")
        for tbs, signature in parts:
            entries = intents[tbs, signature[:32]]
            test.assertGreaterEqual(len(entries), min_signers,
                                    f"{host}: logged by {sorted(entries)} only")
            for entry in entries.values():
                test.assertEqual(entry["subject"]["name"], host)
                for network in entry["subject"]["networks"]:
                    test.assertEqual(holders.setdefault(network, host), host, network)


def check_marks(test, parties, logs):
    """Fails the test unless every session that a party logged is marked as spent in its database,
    and none was logged twice: its nonces are gone, whatever happens next."""
    for name, log in logs.items():
        spent = {mark for mark, in parties[name].rows("select session from spent_session")}
        authority = json.loads((parties[name].dir / "authority.json").read_text())
        numbers = {p["name"]: number for number, p in enumerate(authority["parties"], 1)}
        seen = set()
        for entry in map(json.loads, log.entries):
            if entry["type"] != "issue":
                continue
            coordinator = numbers[entry["coordinator"]]
            test.assertIn(_session_key(entry["session"], coordinator), spent, name)
            once = (entry["session"], coordinator, entry["tbs"])
            test.assertNotIn(once, seen, f"{name} logged a session twice")
            seen.add(once)


def _session_key(session, coordinator):
    """H("jointca/session/v1", id, coordinator's identifier), as in docs/protocols/issuance.md."""
    fields = (b"jointca/session/v1", bytes.fromhex(session), coordinator.to_bytes(8, "big"))
    framed = b"".join(len(field).to_bytes(8, "big") + field for field in fields)
    return hashlib.sha512(framed).hexdigest()[:64]
