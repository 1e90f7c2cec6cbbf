#!/usr/bin/env python3
"""Judges one built overlay: KEDA's own models, and what DESIGN asks of every pod, queue, metric and variable.

usage: manifests.py OVERLAY.yaml CONFIGURATION.md [SECRETS.yaml]
"""

import importlib.machinery
import importlib.util
import pathlib
import re
import sys

import yaml
from cloudcoil.models.keda import v1alpha1

ROOT = pathlib.Path(__file__).resolve().parents[3]
OURS = ("task-api", "ai-analyzer", "retraining-trigger")
# Those that wait for notifications or hold a lock.
CONNECTIONS_BESIDE_THE_POOL = 2
# Made by an operator, so their pods can't be looked at here.
OPERATORS = ("RabbitmqCluster", "Cluster")
faults = []


def load(path, name):
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def fault(resource, text):
    faults.append(f"{resource['kind']} {resource['metadata'].get('namespace', '')}/{resource['metadata']['name']}: {text}")


def quantity(text):
    match = re.fullmatch(r"([0-9.]+)(m|Ki|Mi|Gi|Ti|k|M|G)?", str(text))
    unit = {"m": 0.001, None: 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 1e3, "M": 1e6, "G": 1e9}
    return float(match.group(1)) * unit[match.group(2)]


def matches(selector, labels):
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for one in selector.get("matchExpressions") or []:
        if one["operator"] == "In" and labels.get(one["key"]) not in one["values"]:
            return False
    return True


def pods(resources):
    for resource in resources:
        if resource["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield resource, resource["spec"]["template"]


# --- pods -------------------------------------------------------------------------------------------------------

def check_pod(resource, template):
    spec, context = template["spec"], template["spec"].get("securityContext", {})
    if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
        fault(resource, "its pod may run as root")
    if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        fault(resource, "no seccomp profile")
    if spec.get("automountServiceAccountToken") is not False or spec.get("serviceAccountName", "default") == "default":
        fault(resource, "its pod gets a token of the API server, or has no account of its own")
    if spec.get("enableServiceLinks") is not False:
        fault(resource, "its pod gets variables of other services")
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(name):
            fault(resource, f"{name} is on")
    for volume in spec.get("volumes", []):
        if "hostPath" in volume:
            fault(resource, f"the volume {volume['name']} is a folder of the node")
        if "secret" in volume and volume["secret"].get("defaultMode") != 0o440:
            fault(resource, f"the files of {volume['secret']['secretName']} may be read by all")
    names = {volume["name"] for volume in spec.get("volumes", [])}
    names |= {claim["metadata"]["name"] for claim in resource["spec"].get("volumeClaimTemplates", [])}
    for container in spec["containers"] + spec.get("initContainers", []):
        own = container.get("securityContext", {})
        if own.get("readOnlyRootFilesystem") is not True:
            fault(resource, f"{container['name']} may write its root file system")
        if own.get("allowPrivilegeEscalation") is not False or own.get("capabilities", {}).get("drop") != ["ALL"] \
                or own.get("capabilities", {}).get("add"):
            fault(resource, f"{container['name']} has capabilities, or may get some")
        for kind in ("requests", "limits"):
            if not {"cpu", "memory"} <= set(container.get("resources", {}).get(kind, {})):
                fault(resource, f"{container['name']} has no {kind} of CPU and memory")
        if resource["kind"] != "Job" and not {"readinessProbe", "livenessProbe"} <= set(container):
            fault(resource, f"{container['name']} has no probes")
        if ":" not in container["image"].rsplit("/", 1)[-1] and "@" not in container["image"] or \
                container["image"].endswith(":latest"):
            fault(resource, f"{container['name']}: the image {container['image']} names no version")
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in names:
                fault(resource, f"{container['name']} mounts {mount['name']}, which isn't there")


def check_availability(resource, template, resources):
    if resource["kind"] == "Job":
        return
    labels, namespace = template["metadata"]["labels"], resource["metadata"].get("namespace")
    if not matches(resource["spec"]["selector"], labels):
        fault(resource, "its selector doesn't find its own pods")
    single = resource["metadata"]["name"] == "postgres"  # one by intention: servers/postgres-single
    if not single and not any(
            one["kind"] == "PodDisruptionBudget" and one["metadata"].get("namespace") == namespace
            and matches(one["spec"]["selector"], labels) for one in resources):
        fault(resource, "no PodDisruptionBudget")
    if not single and not template["spec"].get("topologySpreadConstraints"):
        fault(resource, "no topology spread")
    for one in template["spec"].get("topologySpreadConstraints", []):
        if not matches(one["labelSelector"], labels):
            fault(resource, "a topology spread that counts other pods")


# --- namespaces, services, policies -----------------------------------------------------------------------------

def check_namespaces(resources):
    for namespace in {r["metadata"].get("namespace") for r in resources} - {None}:
        there = [r for r in resources if r["metadata"].get("namespace") == namespace]
        for kind in ("ResourceQuota", "LimitRange"):
            if not any(r["kind"] == kind for r in there):
                faults.append(f"namespace {namespace}: no {kind}")
        if not any(
                r["kind"] == "NetworkPolicy" and r["spec"]["podSelector"] == {}
                and set(r["spec"]["policyTypes"]) == {"Ingress", "Egress"}
                and not r["spec"].get("ingress") and not r["spec"].get("egress") for r in there):
            faults.append(f"namespace {namespace}: nothing is denied by default")
        if not any(r["kind"] == "Namespace" and r["metadata"]["name"] == namespace for r in resources):
            faults.append(f"namespace {namespace} isn't made here")
        check_quota(namespace, there)


def check_quota(namespace, there):
    """The largest number of every pod of ours fits, one surge pod of each included."""
    quota = next(r for r in there if r["kind"] == "ResourceQuota")
    scaled = {
        r["spec"]["scaleTargetRef"]["name"]: r["spec"]["maxReplicaCount"] for r in there if r["kind"] == "ScaledObject"}
    total = {}
    for resource, template in pods(there):
        count = scaled.get(resource["metadata"]["name"], resource["spec"].get("replicas", 1))
        count += resource["kind"] == "Deployment"
        for container in template["spec"]["containers"]:
            for kind, values in container.get("resources", {}).items():
                for name, value in values.items():
                    key = f"{kind}.{name}"
                    total[key] = total.get(key, 0) + count * quantity(value)
        total["pods"] = total.get("pods", 0) + count
    for resource in there:
        if resource["kind"] in OPERATORS:
            count = resource["spec"].get("replicas", resource["spec"].get("instances", 1))
            total["pods"] += count
            for kind, values in resource["spec"].get("resources", {}).items():
                for name, value in values.items():
                    total[f"{kind}.{name}"] = total.get(f"{kind}.{name}", 0) + count * quantity(value)
    for name, limit in quota["spec"]["hard"].items():
        if name in total and total[name] > quantity(limit):
            fault(quota, f"{name} is {limit}, but all replicas together want {total[name]:g}")


def check_services(resources):
    templates = [(r, t) for r, t in pods(resources)]
    for resource in resources:
        namespace = resource["metadata"].get("namespace")
        if resource["kind"] == "Service" and resource["spec"].get("type") != "ExternalName":
            found = [
                t for r, t in templates if r["metadata"].get("namespace") == namespace
                and matches({"matchLabels": resource["spec"]["selector"]}, t["metadata"]["labels"])]
            if not found:
                fault(resource, "no pod answers to its selector")
            for port in resource["spec"]["ports"]:
                for template in found:
                    named = {p.get("name") for c in template["spec"]["containers"] for p in c.get("ports", [])}
                    if isinstance(port["targetPort"], str) and port["targetPort"] not in named:
                        fault(resource, f"the port {port['targetPort']} isn't one of its pods'")
        if resource["kind"] == "Ingress":
            for rule in resource["spec"]["rules"]:
                for path in rule["http"]["paths"]:
                    name = path["backend"]["service"]["name"]
                    if not any(r["kind"] == "Service" and r["metadata"]["name"] == name for r in resources):
                        fault(resource, f"there is no Service {name}")


# --- autoscaling ------------------------------------------------------------------------------------------------

def unknown(given, understood, path=""):
    """Members that KEDA's model dropped."""
    if isinstance(given, dict):
        for key, value in given.items():
            if not isinstance(understood, dict) or key not in understood:
                yield f"{path}.{key}".lstrip(".")
            else:
                yield from unknown(value, understood[key], f"{path}.{key}")
    elif isinstance(given, list):
        for number, value in enumerate(given):
            yield from unknown(value, understood[number], f"{path}[{number}]")


def check_scaling(resources):
    observability = load(ROOT / "deploy/observability/check", "observability")
    topology = (ROOT / "Shared/Contracts/Topology.swift").read_text()
    services = {"aiAnalyzer": "ai-analyzer", "taskAPI": "task-api", "retrainingTrigger": "retraining-trigger"}
    queues = {
        f"{services[service]}.{purpose}"
        for service, purpose in re.findall(r"WorkQueue\(\s*\.(\w+), \"(\w+)\"", topology)}
    if len(queues) < 5:
        sys.exit("the queues were not found in Topology.swift: has its form changed?")
    for resource in resources:
        model = {"ScaledObject": v1alpha1.ScaledObject, "TriggerAuthentication": v1alpha1.TriggerAuthentication}.get(
            resource["kind"])
        if model is None:
            continue
        understood = model.model_validate(resource).model_dump(by_alias=True, exclude_none=True, mode="json")
        for member in unknown(resource, understood):
            fault(resource, f"KEDA knows no {member}")
        if resource["kind"] == "ScaledObject":
            check_scaled_object(resource, resources, queues, observability)


def check_scaled_object(resource, resources, queues, observability):
    spec, namespace = resource["spec"], resource["metadata"].get("namespace")
    target = next((
        r for r in resources if r["kind"] == spec["scaleTargetRef"].get("kind", "Deployment")
        and r["metadata"]["name"] == spec["scaleTargetRef"]["name"] and r["metadata"].get("namespace") == namespace), None)
    if target is None:
        return fault(resource, f"there is no Deployment {spec['scaleTargetRef']['name']}")
    if "replicas" in target["spec"]:
        fault(target, "says how many replicas it has, and so does its ScaledObject")
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    if behavior["scaleDown"].get("stabilizationWindowSeconds", 0) < 300:
        fault(resource, "scales down at once: it would flap")
    for trigger in spec["triggers"]:
        data = trigger["metadata"]
        reference = trigger.get("authenticationRef", {}).get("name")
        if reference and not any(
                r["kind"] == "TriggerAuthentication" and r["metadata"]["name"] == reference for r in resources):
            fault(resource, f"there is no TriggerAuthentication {reference}")
        if any(not isinstance(value, str) for value in data.values()):
            fault(resource, f"a trigger's metadata are texts: {data}")
        if trigger["type"] == "rabbitmq":
            if data["queueName"] not in queues:
                fault(resource, f"there is no queue {data['queueName']}")
            if data["protocol"] != "http" or (data["mode"] == "QueueLength" and data.get("excludeUnacknowledged") != "false"):
                fault(resource, "unacknowledged messages don't count")
            if "queueLength" in data:
                fault(resource, "queueLength is deprecated: mode and value")
        if trigger["type"] == "prometheus":
            for text in observability.faults_of(data["query"]):
                fault(resource, f"{data['query']}: {text}")


# --- variables and secrets --------------------------------------------------------------------------------------

def settings(path):
    """{program: {variable: whether it is required}} from docs/configuration.md"""
    found, program = {}, None
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith("## "):
            program = line[3:].strip(" `")
            found[program] = {}
        match = re.match(r"\| `(TRIAGELOOP_\w+)` \| ([^|]*) \|", line)
        if match and program:
            found[program][match.group(1)] = "required" in match.group(2)
    return found


def variables(container, resource, resources):
    given = {one["name"]: one.get("value") for one in container.get("env", [])}
    for source in container.get("envFrom", []):
        name = source["configMapRef"]["name"]
        found = next((
            r for r in resources if r["kind"] == "ConfigMap" and r["metadata"]["name"] == name
            and r["metadata"].get("namespace") == resource["metadata"].get("namespace")), None)
        if found is None:
            fault(resource, f"there is no ConfigMap {name}")
        else:
            given |= found["data"]
    return given


def check_variables(resources, path):
    known = settings(path)
    for resource, template in pods(resources):
        for container in template["spec"]["containers"]:
            program = "triagectl" if container["name"] == "migrate" else container["name"]
            if program not in known:
                continue
            given = variables(container, resource, resources)
            for name in given:
                if name.startswith("TRIAGELOOP_") and name not in known[program] \
                        and name.removesuffix("_FILE") not in known[program]:
                    fault(resource, f"{program} has no setting {name}")
            for name, required in known[program].items():
                if required and name not in given and name + "_FILE" not in given:
                    fault(resource, f"{program} needs {name}")


def check_identity(resources):
    """Where something leads in from outside or replicas share the load, nobody is believed who they are."""
    is_for_trying_out = not any(r["kind"] in ("Ingress", "ScaledObject", "Cluster") for r in resources)
    for resource, template in pods(resources):
        for container in template["spec"]["containers"]:
            if container["name"] != "task-api" or is_for_trying_out:
                continue
            given = variables(container, resource, resources)
            if given.get("TRIAGELOOP_IDENTITY", "open") == "open" or given.get("TRIAGELOOP_HTTP_OPEN", "false") != "false":
                fault(resource, "callers are believed: set TRIAGELOOP_IDENTITY, and no TRIAGELOOP_HTTP_OPEN")


def check_connections(resources):
    """All replicas together, one surge pod of each included, open no more connections than the database takes."""
    limits = [
        int(r["spec"]["postgresql"]["parameters"]["max_connections"]) for r in resources
        if r["kind"] == "Cluster" and r["apiVersion"].startswith("postgresql.cnpg.io/")]
    limits += [
        int(re.search(r"max_connections=(\d+)", " ".join(t["spec"]["containers"][0]["args"])).group(1))
        for r, t in pods(resources) if r["metadata"]["name"] == "postgres"]
    scaled = {
        r["spec"]["scaleTargetRef"]["name"]: r["spec"]["maxReplicaCount"] for r in resources if r["kind"] == "ScaledObject"}
    total = 10  # people, migrations, KEDA
    for resource, template in pods(resources):
        for container in template["spec"]["containers"]:
            if resource["kind"] == "Deployment" and container["name"] in OURS:
                pool = int(variables(container, resource, resources).get("TRIAGELOOP_DATABASE_POOL_SIZE", 4))
                count = scaled.get(resource["metadata"]["name"], resource["spec"].get("replicas", 1)) + 1
                total += count * (pool + CONNECTIONS_BESIDE_THE_POOL)
    for limit in limits:
        if total > limit:
            faults.append(f"the database takes {limit} connections, but all replicas together open {total}")


def check_secrets(resources, path):
    """Each Secret and key that a pod or KEDA asks for is one that make-secrets makes."""
    made = {}
    for document in yaml.safe_load_all(pathlib.Path(path).read_text()):
        if document:
            made[document["metadata"]["name"]] = set(document["stringData"])
    for resource, template in pods(resources):
        spec = template["spec"]
        mounted = {v["name"]: v["secret"]["secretName"] for v in spec.get("volumes", []) if "secret" in v}
        for container in spec["containers"]:
            folders = {
                m["mountPath"]: mounted[m["name"]] for m in container.get("volumeMounts", []) if m["name"] in mounted}
            for one in container.get("env", []):
                reference = one.get("valueFrom", {}).get("secretKeyRef")
                if reference and reference["key"] not in made.get(reference["name"], ()):
                    fault(resource, f"nobody makes {reference['name']}/{reference['key']}")
                folder, _, key = str(one.get("value", "")).rpartition("/")
                if folder in folders and key not in made.get(folders[folder], ()):
                    fault(resource, f"nobody makes {folders[folder]}/{key}")
    for resource in resources:
        for one in resource.get("spec", {}).get("secretTargetRef", []) if resource["kind"] == "TriggerAuthentication" else []:
            if one["key"] not in made.get(one["name"], ()):
                fault(resource, f"nobody makes {one['name']}/{one['key']}")


def main():
    resources = [one for one in yaml.safe_load_all(pathlib.Path(sys.argv[1]).read_text()) if one]
    names = [(r["kind"], r["metadata"].get("namespace"), r["metadata"]["name"]) for r in resources]
    for name in set(names):
        if names.count(name) > 1:
            faults.append(f"{name} is there twice")
    for resource, template in pods(resources):
        check_pod(resource, template)
        check_availability(resource, template, resources)
    check_namespaces(resources)
    check_services(resources)
    check_scaling(resources)
    check_variables(resources, sys.argv[2])
    check_identity(resources)
    check_connections(resources)
    if len(sys.argv) > 3:
        check_secrets(resources, sys.argv[3])
    for text in faults:
        print(text, file=sys.stderr)
    if faults:
        sys.exit(1)
    print(f"{len(resources)} resources, {sum(1 for _ in pods(resources))} kinds of pods: nothing to find fault with")


if __name__ == "__main__":
    main()
