// Gives every service of one namespace a short name: `web.cluster1` beside `web.shop.svc.cluster1`.
//
// Values are those of the contract, `wit/`: names in camel case, a variant is `{ tag, val }`, an enum a text, an option the
// value or `undefined`, a tuple an array. An error is thrown: its message is what people read.

const settingsSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    namespace: { description: "Whose services have short names.", type: "string", default: "root" },
  },
};

// What `configure` leaves for `synthesize`, and all there is to keep: nothing that one service leaves behind may change
// what another one is called.
let configured;

export const naming = {
  describe() {
    return {
      name: "short-names-javascript",
      version: "0.1.0",
      authors: [],
      documentation: "Adds <service>.<cluster> for each service of one namespace.",
      rules: [{ name: "short-name", documentation: "The service's name, and nothing else, before the cluster's." }],
      settingsSchema: JSON.stringify(settingsSchema),
    };
  },

  configure(cluster, settings) {
    const { namespace = "root", ...others } = JSON.parse(settings);
    for (const key of Object.keys(others)) {
      throw new Error(`settings: there is no "${key}" here, but "namespace"`);
    }
    if (typeof namespace !== "string") {
      throw new Error("settings: namespace: a text is wanted");
    }
    configured = { cluster: cluster.name, namespace };
    // No zones: the records go into those of the policy it is stacked on.
    return { zones: [], records: [], diagnostics: [] };
  },

  synthesize(service) {
    const records = [];
    if (service.namespace === configured.namespace && service.kind === "svc") {
      const owner = `${service.name}.${configured.cluster}`;
      service.instances.forEach((instance, i) => {
        instance.resources.forEach((resource, r) => {
          const origin = { instance: i, resource: r };
          for (const address of resource.addresses) {
            const data = { tag: address.tag === "ipv4" ? "a" : "aaaa", val: address.val };
            records.push({ owner, ttl: 60, data, rule: 0, origin, exclusive: false });
          }
        });
      });
    }
    return { records, diagnostics: [] };
  },
};
