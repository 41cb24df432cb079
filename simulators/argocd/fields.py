"""The Go structs of requests, field by field: what is not named here is ignored silently, as the real server does."""

from __future__ import annotations

from simulators.argocd.gostruct import ANY, FLAG, MAP, MAYBE, NEEDED, NUMBER, TEXT, TEXTS, Many, Struct

META = Struct(
    "ObjectMeta",
    {
        "name": TEXT,
        "namespace": TEXT,
        "resourceVersion": TEXT,
        "labels": MAP,
        "annotations": MAP,
        "finalizers": TEXTS,
    },
)

PARAMETER = Struct("HelmParameter", {"name": TEXT, "value": TEXT, "forceString": FLAG})
HELM = Struct(
    "ApplicationSourceHelm",
    {
        "valueFiles": TEXTS,
        "parameters": Many(PARAMETER),
        "releaseName": TEXT,
        "values": TEXT,
        "fileParameters": Many(Struct("HelmFileParameter", {"name": TEXT, "path": TEXT})),
        "version": TEXT,
        "passCredentials": FLAG,
        "ignoreMissingValueFiles": FLAG,
        "skipCrds": FLAG,
        "valuesObject": ANY,
        "namespace": TEXT,
        "kubeVersion": TEXT,
        "apiVersions": TEXTS,
        "skipTests": FLAG,
        "skipSchemaValidation": FLAG,
    },
)
SOURCE = Struct(
    "ApplicationSource",
    {
        "repoURL": NEEDED,
        "path": TEXT,
        "targetRevision": TEXT,
        "helm": HELM,
        "kustomize": ANY,
        "directory": ANY,
        "plugin": ANY,
        "chart": TEXT,
        "ref": TEXT,
        "name": TEXT,
        "tagPrefix": TEXT,
    },
)
DESTINATION = Struct("ApplicationDestination", {"server": TEXT, "namespace": TEXT, "name": TEXT})
AUTOMATED = Struct("SyncPolicyAutomated", {"prune": FLAG, "selfHeal": FLAG, "allowEmpty": FLAG, "enabled": MAYBE})
BACKOFF = Struct("Backoff", {"duration": TEXT, "factor": NUMBER, "maxDuration": TEXT})
RETRY = Struct("RetryStrategy", {"limit": NUMBER, "backoff": BACKOFF, "refresh": FLAG})
SYNC_POLICY = Struct(
    "SyncPolicy",
    {
        "automated": AUTOMATED,
        "syncOptions": TEXTS,
        "retry": RETRY,
        "managedNamespaceMetadata": Struct("ManagedNamespaceMetadata", {"labels": MAP, "annotations": MAP}),
    },
)
IGNORED = Struct(
    "ResourceIgnoreDifferences",
    {
        "group": TEXT,
        "kind": NEEDED,
        "name": TEXT,
        "namespace": TEXT,
        "jsonPointers": TEXTS,
        "jqPathExpressions": TEXTS,
        "managedFieldsManagers": TEXTS,
    },
)
APPLICATION_SPEC = Struct(
    "ApplicationSpec",
    {
        "source": SOURCE,
        "destination": DESTINATION,
        "project": NEEDED,
        "syncPolicy": SYNC_POLICY,
        "ignoreDifferences": Many(IGNORED),
        "info": Many(Struct("Info", {"name": NEEDED, "value": NEEDED})),
        "revisionHistoryLimit": NUMBER,
        "sources": Many(SOURCE),
        "sourceHydrator": ANY,
    },
)
APPLICATION = Struct("Application", {"metadata": META, "spec": APPLICATION_SPEC})
APPLICATION_PATCH = Struct("ApplicationPatchRequest", {"name": TEXT, "project": TEXT, "patch": TEXT, "patchType": TEXT})
STRATEGY = Struct(
    "SyncStrategy",
    {"hook": Struct("SyncStrategyHook", {"force": FLAG}), "apply": Struct("SyncStrategyApply", {"force": FLAG})},
)
SYNC = Struct(
    "ApplicationSyncRequest",
    {
        "name": TEXT,
        "project": TEXT,
        "revision": TEXT,
        "dryRun": FLAG,
        "prune": FLAG,
        "strategy": STRATEGY,
        "resources": ANY,
        "syncOptions": Struct("SyncOptions", {"items": TEXTS}),
        "retryStrategy": RETRY,
        "infos": ANY,
    },
)

GROUP_KIND = Struct("GroupKind", {"group": NEEDED, "kind": NEEDED})
RESTRICTION = Struct("ClusterResourceRestrictionItem", {"group": NEEDED, "kind": NEEDED, "name": TEXT})
TOKEN = Struct("JWTToken", {"iat": NUMBER, "exp": NUMBER, "id": TEXT})
ROLE = Struct(
    "ProjectRole",
    {"name": NEEDED, "description": TEXT, "policies": TEXTS, "jwtTokens": Many(TOKEN), "groups": TEXTS},
)
PROJECT_SPEC = Struct(
    "AppProjectSpec",
    {
        "sourceRepos": TEXTS,
        "destinations": Many(DESTINATION),
        "description": TEXT,
        "roles": Many(ROLE),
        "clusterResourceWhitelist": Many(RESTRICTION),
        "namespaceResourceBlacklist": Many(GROUP_KIND),
        "orphanedResources": ANY,
        "syncWindows": ANY,
        "namespaceResourceWhitelist": Many(GROUP_KIND),
        "signatureKeys": ANY,
        "clusterResourceBlacklist": Many(RESTRICTION),
        "sourceNamespaces": TEXTS,
        "permitOnlyProjectScopedClusters": FLAG,
        "destinationServiceAccounts": ANY,
    },
)
PROJECT = Struct("AppProject", {"metadata": META, "spec": PROJECT_SPEC})
PROJECT_REQUEST = Struct("ProjectCreateRequest", {"project": PROJECT, "upsert": FLAG})
TOKEN_REQUEST = Struct(
    "ProjectTokenCreateRequest",
    {"project": TEXT, "role": TEXT, "description": TEXT, "expiresIn": NUMBER, "id": TEXT},
)

REPOSITORY = Struct(
    "Repository",
    {
        "repo": NEEDED,
        "username": TEXT,
        "password": TEXT,
        "sshPrivateKey": TEXT,
        "insecureIgnoreHostKey": FLAG,
        "insecure": FLAG,
        "enableLfs": FLAG,
        "tlsClientCertData": TEXT,
        "tlsClientCertKey": TEXT,
        "type": TEXT,
        "name": TEXT,
        "proxy": TEXT,
        "noProxy": TEXT,
        "project": TEXT,
        "enableOCI": FLAG,
        "bearerToken": TEXT,
        "forceHttpBasicAuth": FLAG,
        "depth": NUMBER,
    },
)
SESSION = Struct("SessionCreateRequest", {"username": TEXT, "password": TEXT, "token": TEXT})
NOTHING = Struct("Empty", {})
