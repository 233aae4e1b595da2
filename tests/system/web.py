"""A party's API as other programs see it: a connection that checks the party's key, and servers in
front of it with certificates that ordinary clients trust, or with none."""

import http.client
import json
import socket
import ssl
import threading

ED25519_KEY_INFO = bytes.fromhex("302a300506032b6570032100")


def _any_certificate():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Web:
    """One connection to a party, whose certificate must hold the party's identity key."""

    def __init__(self, party):
        self.connection = http.client.HTTPSConnection(party.api, context=_any_certificate(),
                                                      timeout=30)
        self.connection.connect()
        key = json.loads(party.card.read_text())["identity_key"]
        if ED25519_KEY_INFO + bytes.fromhex(key) not in self.connection.sock.getpeercert(True):
            raise AssertionError(f"not the key of {party.name}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, path, method="GET", body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        return answer, answer.read()


class Front:
    """Listens at an endpoint, in plain text or with a certificate (of tls_context()), and passes
    every byte on to a party's API. Counts connections."""

    def __init__(self, endpoint, party, tls=None):
        self.party, self.tls, self.count = party, tls, 0
        host, port = endpoint.split(":")
        self.listener = socket.create_server((host, int(port)))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
            host, port = self.party.api.split(":")
            server = _any_certificate().wrap_socket(socket.create_connection((host, int(port))))
        except OSError:
            client.close()
            return
        back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
        back.start()
        self._pump(client, server)
        back.join(30)
        client.close()
        server.close()

    @staticmethod
    def _pump(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
