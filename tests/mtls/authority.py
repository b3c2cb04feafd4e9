"""Certificate authorities for tests, made with the openssl command."""
import os
import subprocess

CONFIG = """
[ca]
default_ca = this
[this]
database = {folder}/index.txt
serial = {folder}/serial
crlnumber = {folder}/crlnumber
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
default_days = 2
default_crl_days = 2
policy = any
unique_subject = no
[any]
commonName = supplied
[client]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = clientAuth
[server]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[req]
distinguished_name = name
[name]
"""


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, **more).stdout


class Certificate:
    def __init__(self, path):
        self.pem, self.key = path + ".pem", path + ".key"

    def pin(self):
        """The SHA-256 of its public key, as README says to make it."""
        public = openssl("x509", "-in", self.pem, "-pubkey", "-noout")
        der = openssl("pkey", "-pubin", "-outform", "der", input=public)
        return openssl("dgst", "-sha256", "-r", input=der).decode().split()[0]


class Authority:
    """A root, or with `above` an authority under another one."""

    def __init__(self, folder, name, above=None):
        self.name, self.folder, self.above = name, os.path.join(folder, name), above
        os.makedirs(self.folder)
        self.pem, self.key = os.path.join(self.folder, "ca.pem"), os.path.join(self.folder, "ca.key")
        self.config = os.path.join(self.folder, "ca.cnf")
        for file, text in (("index.txt", ""), ("serial", "01\n"), ("crlnumber", "01\n"), ("ca.cnf", CONFIG.format(folder=self.folder))):
            with open(os.path.join(self.folder, file), "w") as to:
                to.write(text)
        if above is None:
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 3, "-subj", f"/CN={name}", "-config", self.config,
                    "-extensions", "authority", "-keyout", self.key, "-out", self.pem)
        else:
            above._sign(os.path.join(self.folder, "ca"), name, "authority", [], "ec")

    def issue(self, name, use="client", start=None, end=None, key="ec"):
        """`start`, `end`: like 20200101000000Z. `key`: ec, or bits of RSA. An intermediate's certificate comes with the chain up to the root."""
        path = os.path.join(self.folder, name)
        self._sign(path, name, use, (["-startdate", start] if start else []) + (["-enddate", end] if end else []), key)
        authority = self
        while authority.above is not None:
            with open(path + ".pem", "a") as to, open(authority.pem) as chain:
                to.write(chain.read())
            authority = authority.above
        return Certificate(path)

    def _sign(self, path, name, use, dates, key):
        kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if key == "ec" else ["-newkey", f"rsa:{key}"]
        openssl("req", "-new", *kind, "-nodes", "-subj", f"/CN={name}", "-config", self.config, "-keyout", path + ".key", "-out", path + ".csr")
        openssl("ca", "-batch", "-notext", "-config", self.config, "-extensions", use, *dates, "-in", path + ".csr", "-out", path + ".pem")

    def revoke(self, certificate):
        openssl("ca", "-config", self.config, "-revoke", certificate.pem)

    def revocation_list(self, days=2, seconds=None):
        lasts = ["-crlsec", seconds] if seconds is not None else ["-crldays", days]
        return openssl("ca", "-config", self.config, "-gencrl", *lasts).decode()
