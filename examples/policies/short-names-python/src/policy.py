"""Gives every service of one namespace a short name: `web.cluster1` beside `web.shop.svc.cluster1`.

Values are those of the contract, `wit/`: a record is a class with its fields in order, a variant a class for each case,
an option the value or `None`. An error is `Err`, raised: its text is what people read.
"""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.naming import Configuration, Description, Rule, Synthesis
from wit_world.imports.cluster import Cluster, Service
from wit_world.imports.dns import IpAddress_Ipv4, Origin, Rdata_A, Rdata_Aaaa, ResourceRecord

SETTINGS_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "namespace": {"description": "Whose services have short names.", "type": "string", "default": "root"},
    },
}

# What `configure` leaves for `synthesize`, and all there is to keep: nothing that one service leaves behind may change
# what another one is called. Not in `self`: each call has an object of its own.
configured = {}


class Naming(exports.Naming):
    def describe(self) -> Description:
        return Description(
            name="short-names-python",
            version="0.1.0",
            authors=[],
            documentation="Adds <service>.<cluster> for each service of one namespace.",
            rules=[Rule("short-name", "The service's name, and nothing else, before the cluster's.")],
            settings_schema=json.dumps(SETTINGS_SCHEMA),
        )

    def configure(self, cluster: Cluster, settings: str) -> Configuration:
        given = json.loads(settings)
        namespace = given.pop("namespace", "root")
        for key in given:
            raise Err(f'settings: there is no "{key}" here, but "namespace"')
        if not isinstance(namespace, str):
            raise Err("settings: namespace: a text is wanted")
        configured.update(cluster=cluster.name, namespace=namespace)
        # No zones: the records go into those of the policy it is stacked on.
        return Configuration(zones=[], records=[], diagnostics=[])

    def synthesize(self, service: Service) -> Synthesis:
        records = []
        if service.namespace == configured["namespace"] and service.kind == "svc":
            owner = f"{service.name}.{configured['cluster']}"
            for i, instance in enumerate(service.instances):
                for r, resource in enumerate(instance.resources):
                    for address in resource.addresses:
                        is_ipv4 = isinstance(address, IpAddress_Ipv4)
                        data = Rdata_A(address.value) if is_ipv4 else Rdata_Aaaa(address.value)
                        record = ResourceRecord(owner, 60, data, rule=0, origin=Origin(i, r), exclusive=False)
                        records.append(record)
        return Synthesis(records, diagnostics=[])
