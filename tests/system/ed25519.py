"""Ed25519 by the textbook, and the keys of purposes: no code of the program under test."""

import hashlib

# The order and curve of Ed25519, RFC 8032 §5.1.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def _recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P)
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - x2) % P == 0
    return P - x if x % 2 != sign else x


def decompress(data):
    y = int.from_bytes(data, "little")
    return _recover_x(y & ((1 << 255) - 1), y >> 255), y & ((1 << 255) - 1)


def compress(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2
    return ((x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P,
            (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P)


def multiply(scalar, point):
    result = (0, 1)
    for bit in bin(scalar)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


BASE = decompress(bytes.fromhex("58" + "66" * 31))


def purpose_key(group, purpose):
    """Y + tau B, by docs/protocols/frost-signing.md."""
    tau = hashlib.sha512()
    for part in (b"jointca/purpose/v1", b"ed25519", group, purpose):
        tau.update(len(part).to_bytes(8, "big") + part)
    return compress(add(decompress(group),
                        multiply(int.from_bytes(tau.digest(), "little") % Q, BASE)))


def public_key(seed):
    """RFC 8032 §5.1.5."""
    scalar = bytearray(hashlib.sha512(seed).digest()[:32])
    scalar[0] &= 248
    scalar[31] = (scalar[31] & 127) | 64
    return compress(multiply(int.from_bytes(scalar, "little"), BASE))


def verify(key, message, signature):
    """Ed25519 by the textbook: no code of the program under test."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % Q
    return s < Q and multiply(s, BASE) == add(decompress(r), multiply(k, decompress(key)))
