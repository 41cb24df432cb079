"""A stub for what goes wrong on the wire, and the simulators in a thread. Nothing of Django, no database."""

from collections.abc import Iterator

import pytest

from provisioning.systems.argocd import ArgoCD
from provisioning.systems.gitlab import GitLab
from provisioning.systems.http import connections
from provisioning.systems.jenkins import Jenkins
from simulators.argocd.models import ADMIN_TOKEN
from simulators.serving import InThread
from tests.simulators.cd import Cd
from tests.simulators.ci import ADMIN, Ci
from tests.simulators.lab import TOKEN, Lab
from tests.systems.stub import Stub

QUICK = (1.0, 2.0)


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A server that does what the test says."""
    with Stub() as running:
        yield running
    connections.close()


@pytest.fixture
def writes() -> list[str]:
    """Filled by the clients' fence: one entry a write."""
    return []


@pytest.fixture
def gitlab(stub: Stub, writes: list[str]) -> GitLab:
    """A client of the stub."""
    return GitLab(stub.url, "glpat-secret-token", before_write=lambda: writes.append("write"), timeout=QUICK)


@pytest.fixture
def jenkins(stub: Stub, writes: list[str]) -> Jenkins:
    """A client of the stub."""
    return Jenkins(
        stub.url, "admin", "jenkins-secret-token", before_write=lambda: writes.append("write"), timeout=QUICK
    )


@pytest.fixture
def argocd(stub: Stub, writes: list[str]) -> ArgoCD:
    """A client of the stub."""
    return ArgoCD(stub.url, "argocd.secret.token", before_write=lambda: writes.append("write"), timeout=QUICK)


@pytest.fixture(scope="session")
def sim_url() -> Iterator[str]:
    """The address of all simulated systems, one server for all tests of this folder."""
    with InThread() as url:
        yield url
    connections.close()


@pytest.fixture
def lab(sim_url: str) -> Iterator[Lab]:
    """The simulated GitLab, empty, from the outside."""
    found = Lab(sim_url)
    found.control("POST", "reset")
    yield found
    found.close()


@pytest.fixture
def real_gitlab(lab: Lab) -> GitLab:
    """A client of the simulated GitLab."""
    return GitLab(lab.url, TOKEN)


@pytest.fixture
def ci(sim_url: str) -> Iterator[Ci]:
    """The simulated Jenkins, empty, from the outside."""
    found = Ci(sim_url)
    found.control("POST", "reset")
    yield found
    found.close()


@pytest.fixture
def real_jenkins(ci: Ci) -> Jenkins:
    """A client of the simulated Jenkins."""
    return Jenkins(ci.url, *ADMIN)


@pytest.fixture
def cd(sim_url: str) -> Iterator[Cd]:
    """The simulated Argo CD, empty, from the outside."""
    found = Cd(sim_url)
    found.control("POST", "reset")
    yield found
    found.close()


@pytest.fixture
def real_argocd(cd: Cd) -> ArgoCD:
    """A client of the simulated Argo CD."""
    return ArgoCD(cd.url, ADMIN_TOKEN)
