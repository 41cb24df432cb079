"""Create an application: two repositories, a pipeline and an Argo CD application, wired to each other."""

from provisioning.steps.argocd import CreateApplication, RegisterRepository
from provisioning.steps.gitlab import (
    ConfigureHelm,
    ConfigureSource,
    CreateWebhook,
    FindTemplates,
    ForkHelm,
    ForkSource,
    WaitForHelm,
    WaitForSource,
)
from provisioning.steps.jenkins import CreatePipeline
from provisioning.workflows.base import Workflow

# Both forks run side by side, and so does what follows each.
create_app = Workflow(
    "create_app",
    FindTemplates,
    ForkSource,
    ForkHelm,
    WaitForSource,
    WaitForHelm,
    ConfigureSource,
    ConfigureHelm,
    CreatePipeline,
    CreateWebhook,
    RegisterRepository,
    CreateApplication,
)
