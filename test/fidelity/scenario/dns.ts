/** Designate: zones and record sets. */
import { NO_ID } from "../recorder";
import { below, type Area, type Caller } from "./scene";

async function zones(api: Caller): Promise<string> {
  const values = {
    name: "fidelity.example.org.",
    email: "ops@example.org",
    ttl: 300,
    description: "d",
    type: "PRIMARY",
  };
  const zone = (await api.post("zone", "/zones", values)).body as { id?: string };
  const id = zone.id ?? NO_ID;
  await api.until(
    "zone ready",
    `/zones/${id}`,
    ({ body }) => (body as { status?: string }).status === "ACTIVE",
  );
  await api.post("zone twice", "/zones", values);
  await api.post("zone without a dot", "/zones", { ...values, name: "fidelity.example.org" });
  await api.post("zone without an address", "/zones", { name: "other.example.org." });
  await api.get("zones", "/zones");
  await api.get("zones by name", "/zones?name=fidelity.example.org.");
  await api.get("zones of no name", "/zones?name=none.example.org.");
  await api.get("unknown zone", `/zones/${NO_ID}`);
  await api.patch("zone changed", `/zones/${id}`, { ttl: 600, email: "dns@example.org" });
  await api.delete("unknown zone deleted", `/zones/${NO_ID}`);
  return id;
}

async function records(api: Caller, zone: string): Promise<void> {
  const path = `/zones/${zone}/recordsets`;
  const values = { name: "api.fidelity.example.org.", type: "A", records: ["192.0.2.10"], ttl: 60 };
  const made = (await api.post("record set", path, values)).body as { id?: string };
  const id = made.id ?? NO_ID;
  await api.until(
    "record set ready",
    `${path}/${id}`,
    ({ body }) => (body as { status?: string }).status === "ACTIVE",
  );
  await api.post("record set twice", path, values);
  await api.post("record set elsewhere", path, { ...values, name: "api.example.net." });
  await api.post("record set of no address", path, {
    ...values,
    name: "b.fidelity.example.org.",
    records: ["nonsense"],
  });
  // With those that the service makes itself, of which one has a time in it.
  await api.get("record sets", path, { typesOnly: true });
  await api.get("record sets by name", `${path}?name=api.fidelity.example.org.&type=A`);
  await api.put("record set changed", `${path}/${id}`, { records: ["192.0.2.11"], ttl: 120 });
  await api.get("unknown record set", `${path}/${NO_ID}`);
  await api.delete("record set deleted", `${path}/${id}`);
  await api.gone("record set is gone", `${path}/${id}`);
}

export const dns: Area = async ({ recorder }) => {
  const api = below(recorder, "dns", "/v2");
  const zone = await zones(api);
  await records(api, zone);
  await api.delete("zone deleted", `/zones/${zone}`);
  await api.gone("zone is gone", `/zones/${zone}`);
};
