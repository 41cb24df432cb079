"""The whole route table: what stands on the server's root, and what stands below an item."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from simulators.jenkins import account_views, build_views, item_views, role_views
from simulators.jenkins.asked import Asked
from simulators.routing import Router

Handler = Callable[[Asked], Response]
STRATEGY = "/role-strategy/strategy"


def table(*routes: tuple[str, str, Handler]) -> Router[Handler]:
    router: Router[Handler] = Router()
    for method, pattern, handler in routes:
        router.add(method, pattern, handler)
    return router


PUBLIC = table(
    ("GET", "/login", account_views.log_in),
    ("GET", "/whoAmI/api/json", account_views.whoami),
)

ROOT = table(
    ("GET", "/", item_views.show),
    ("GET", "/api/json", item_views.document),
    ("POST", "/createItem", item_views.create),
    ("GET", "/crumbIssuer/api/json", account_views.crumb),
    ("GET", "/me/api/json", account_views.me),
    ("GET", "/user/{id}/api/json", account_views.user_document),
    ("POST", "/user/{id}/doDelete", account_views.delete_user),
    (
        "POST",
        "/user/{id}/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken",
        account_views.generate_token,
    ),
    ("POST", "/securityRealm/createAccountByAdmin", account_views.create_account),
    ("GET", "/queue/api/json", build_views.queue_document),
    ("GET", "/queue/item/{id}", build_views.show_queue_item),
    ("GET", "/queue/item/{id}/api/json", build_views.queue_item_document),
    ("POST", "/queue/cancelItem", build_views.cancel),
    *(("POST", f"{STRATEGY}/{name}", role_views.write) for name in role_views.WRITES),
    *(("GET", f"{STRATEGY}/{name}", role_views.read) for name in ("getRole", "getAllRoles", "getRoleAssignments")),
)

ITEM = table(
    ("GET", "/", item_views.show),
    ("DELETE", "/", item_views.delete),
    ("GET", "/api/json", item_views.document),
    ("GET", "/configure", item_views.configure),
    ("GET", "/config.xml", item_views.get_config),
    ("POST", "/config.xml", item_views.set_config),
    ("PUT", "/config.xml", item_views.other_config),
    ("DELETE", "/config.xml", item_views.other_config),
    ("POST", "/createItem", item_views.create),
    ("POST", "/doDelete", item_views.do_delete),
    ("POST", "/build", build_views.build),
    ("POST", "/buildWithParameters", build_views.build_with_parameters),
    ("GET", "/{number}", build_views.show_build),
    ("GET", "/{number}/api/json", build_views.build_document),
    ("GET", "/{number}/consoleText", build_views.console),
    ("GET", "/{number}/logText/progressiveText", build_views.progressive),
    ("GET", "/{number}/wfapi/describe", build_views.stages),
    *(("POST", f"/{{number}}/{how}", build_views.stop) for how in ("stop", "term", "kill")),
)
