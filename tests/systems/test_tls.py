"""The same over TLS, where OpenSSL calls a connection that was cut a protocol error."""

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provisioning.systems.errors import Unreachable, Unsure
from provisioning.systems.gitlab_wire import GITLAB
from provisioning.systems.http import Session, connections
from tests.systems.stub import Reply, Stub, data


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody has signed."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stub")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
    own = x509.BasicConstraints(ca=True, path_length=None)
    signed = builder.add_extension(address, critical=False).add_extension(own, critical=True).sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("tls") / "stub.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Stub]:
    """The stub behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Stub(context) as running:
        yield running
    connections.close()


def test_a_certificate_that_we_do_not_trust(secure: Stub) -> None:
    with pytest.raises(Unreachable, match="its certificate is not trusted"):
        Session(GITLAB, secure.url).call("POST", "/api")
    assert secure.seen == []


@pytest.mark.parametrize("cut", ["end", "reset", "garble"])
def test_a_write_that_was_cut_may_have_had_its_effect(secure: Stub, certificate: Path, cut: str) -> None:
    secure.will(data({}), Reply(cut=cut))  # type: ignore[arg-type]
    session = Session(GITLAB, secure.url, verify=str(certificate))
    session.call("GET", "/api")
    with pytest.raises(Unsure):
        session.call("POST", "/api")
    assert secure.asked == ["GET /api", "POST /api"]


@pytest.mark.parametrize("cut", ["end", "reset", "garble"])
def test_a_read_on_a_broken_connection_goes_out_again(secure: Stub, certificate: Path, cut: str) -> None:
    secure.will(data({}), Reply(cut=cut), data({"second": "try"}))  # type: ignore[arg-type]
    session = Session(GITLAB, secure.url, verify=str(certificate))
    session.call("GET", "/api")
    assert session.call("GET", "/api").json() == {"second": "try"}
