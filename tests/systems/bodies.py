"""What the systems answer, no more of it than the clients read."""

import base64
from typing import Any

Body = dict[str, Any]


def project(path: str = "dev/shop", **changes: Any) -> Body:
    """A GitLab project as GET shows it."""
    name = path.rpartition("/")[2]
    return {
        "id": 7,
        "path_with_namespace": path,
        "name": name,
        "web_url": f"https://gitlab.example.com/{path}",
        "http_url_to_repo": f"https://gitlab.example.com/{path}.git",
        "default_branch": "main",
        "import_status": "finished",
        "import_error": None,
        "empty_repo": False,
        "archived": False,
        "marked_for_deletion_on": None,
        "description": None,
        "forked_from_project": {"id": 3},
        **changes,
    }


def protection(push: int, merge: int | None = None, **more: Any) -> Body:
    """A protected branch."""
    levels = [{"id": 1, "access_level": push, "deploy_key_id": None}, *more.get("also", [])]
    return {"name": "main", "push_access_levels": levels, "merge_access_levels": [{"access_level": merge or push}]}


def file(content: bytes) -> Body:
    """A file."""
    encoded = base64.b64encode(content).decode()
    return {"file_path": "values.yaml", "content": encoded, "last_commit_id": "a" * 40, "commit_id": "b" * 40}


def hook(number: int, **changes: Any) -> Body:
    """A webhook."""
    return {"id": number, "url": "http://jenkins/project/dev/shop_dev", "push_events": True, **changes}


def group(path: str = "dev") -> Body:
    """A group."""
    return {"id": 5, "full_path": path, "name": "Dev", "web_url": f"https://gitlab.example.com/groups/{path}"}


def job(name: str = "shop_dev", **changes: Any) -> Body:
    """A Jenkins job."""
    return {
        "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob",
        "name": name,
        "fullName": f"dev/{name}",
        "description": None,
        "url": f"http://jenkins.example.com/job/dev/job/{name}/",
        "buildable": True,
        **changes,
    }


def folder(name: str = "dev") -> Body:
    """A Jenkins folder."""
    kind = "com.cloudbees.hudson.plugins.folder.Folder"
    return {
        "_class": kind,
        "name": name,
        "fullName": name,
        "description": "ours",
        "url": f"http://j/job/{name}/",
        "jobs": [],
    }


def argo_project(version: str = "40112") -> Body:
    """An AppProject."""
    return {"metadata": {"name": "dev", "resourceVersion": version}, "spec": {"sourceRepos": ["*"]}, "status": {}}


def repository(url: str = "https://gitlab.example.com/dev/shop_helm.git", **state: Any) -> Body:
    """A repository in Argo CD."""
    return {"repo": url, "type": "git", "connectionState": {"status": "Successful", "message": "", **state}}


def application(name: str = "shop", **metadata: Any) -> Body:
    """An application in Argo CD."""
    return {"metadata": {"name": name, "uid": "u-1", **metadata}, "spec": {"project": "dev"}, "status": {}}


def refusal(code: int, message: str) -> Body:
    """Argo CD's error body."""
    return {"error": message, "code": code, "message": message}
