/** Glance v2: public images that are there from the start. */
import { STATUS_CODES } from "node:http";
import { ApiError, type Request, type Resource, type Service, type Store } from "./api";
import { pageOf, sortOrders, sortRows } from "./listing";
import { owns, text, texts, timestamp, visiblePart } from "./requests";

const IMAGES = "image.images";
const GIB = 1024 ** 3;

/** Ids are fixed, so that a stack configuration may name an image by id. */
const SEEDED = [
  {
    id: "6f2b0a57-0b1e-4f39-9a4c-2f1d1f0c2404",
    name: "ubuntu-24.04",
    os_distro: "ubuntu",
    os_version: "24.04",
    min_disk: 5,
    min_ram: 512,
  },
  {
    id: "6f2b0a57-0b1e-4f39-9a4c-2f1d1f0c2204",
    name: "ubuntu-22.04",
    os_distro: "ubuntu",
    os_version: "22.04",
    min_disk: 5,
    min_ram: 512,
  },
  {
    id: "6f2b0a57-0b1e-4f39-9a4c-2f1d1f0d0012",
    name: "debian-12",
    os_distro: "debian",
    os_version: "12",
    min_disk: 3,
    min_ram: 512,
  },
];

function seed(store: Store): void {
  for (const image of SEEDED) {
    store.insert(IMAGES, {
      ...image,
      status: "active",
      visibility: "public",
      container_format: "bare",
      disk_format: "qcow2",
      size: 600 * 1024 ** 2,
      virtual_size: 3 * GIB,
      checksum: "0cc175b9c0f1b6a831c399e269772661",
      os_hash_algo: "sha512",
      os_hash_value: "0".repeat(128),
      os_hidden: false,
      protected: false,
      owner: "images",
      tags: [],
      created_at: timestamp(),
      updated_at: timestamp(),
      self: `/v2/images/${image.id}`,
      file: `/v2/images/${image.id}/file`,
      schema: "/v2/schemas/image",
    });
  }
}

const LIST_PARAMETERS = [
  "limit",
  "marker",
  "sort",
  "sort_key",
  "sort_dir",
  "tag",
  "size_min",
  "size_max",
  "member_status",
];

function visible(request: Request, image: Resource): boolean {
  return ["public", "community"].includes(text(image["visibility"])) || owns(request.caller, image);
}

/** `name=in:a,b` asks for one of several, `created_at=gt:…` for a comparison; everything else is equality. */
function matchesValue(value: unknown, wanted: string): boolean {
  const actual = value === undefined ? "" : String(value);
  const [, operator, operand = ""] = /^(in|gte|gt|lte|lt|eq|neq):(.*)$/.exec(wanted) ?? [];
  switch (operator) {
    case "in":
      return operand
        .split(",")
        .map((item) => item.replace(/^"|"$/g, ""))
        .includes(actual);
    case "gt":
      return actual > operand;
    case "gte":
      return actual >= operand;
    case "lt":
      return actual < operand;
    case "lte":
      return actual <= operand;
    case "neq":
      return actual !== operand;
    default:
      return actual === (operator === "eq" ? operand : wanted);
  }
}

function matches(image: Resource, query: URLSearchParams): boolean {
  const size = Number(image["size"]);
  if (query.getAll("tag").some((tag) => !texts(image["tags"]).includes(tag))) return false;
  if (size < Number(query.get("size_min") ?? 0) || size > Number(query.get("size_max") ?? Infinity))
    return false;
  return [...query].every(([key, value]) => {
    if (LIST_PARAMETERS.includes(key)) return true;
    if (key === "visibility" && value === "all") return true;
    return matchesValue(image[key], value);
  });
}

const ORDER_KEYS = [
  "name",
  "status",
  "container_format",
  "disk_format",
  "size",
  "id",
  "created_at",
  "updated_at",
];

function list(request: Request, store: Store) {
  const orders = sortOrders(request.query);
  const wrong = orders.find(({ key }) => !ORDER_KEYS.includes(key));
  if (wrong !== undefined)
    throw new ApiError(
      400,
      `Invalid sort key: ${wrong.key}. It must be one of the following: ${ORDER_KEYS.join(", ")}.`,
    );
  const rows = store.list(IMAGES).filter((image) => visible(request, image) && matches(image, request.query));
  const { query } = request;
  const marker = query.get("marker") ?? "";
  if (marker !== "" && !rows.some(({ id }) => id === marker))
    throw new ApiError(400, `No image found with ID ${marker}`);
  if (!/^\d*$/.test(query.get("limit") ?? "")) throw new ApiError(400, "limit param must be an integer");
  const newestFirst = orders.length > 0 ? orders : [{ key: "created_at", descending: true }];
  const page = pageOf(sortRows(rows, newestFirst), request, "", { defaultLimit: 25, maximum: 1000 });
  const next = page.next === undefined ? {} : { next: page.next };
  const first = new URLSearchParams(query);
  first.delete("marker");
  const asked = first.size === 0 ? "" : `?${first.toString()}`;
  return {
    status: 200,
    body: {
      images: page.rows.map(visiblePart),
      first: `/v2/images${asked}`,
      schema: "/v2/schemas/images",
      ...next,
    },
  };
}

export const glance: Service = {
  name: "glance",
  type: "image",
  prefix: "/image",
  // A page of HTML for browsers, and the same text with its line breaks for who asks for JSON, as all clients do.
  error: (status, message) => ({
    message: `${message}<br /><br />\n\n\n`,
    code: `${status} ${STATUS_CODES[status]}`,
    title: STATUS_CODES[status],
  }),
  seed,
  routes: [
    {
      method: "GET",
      pattern: "/",
      anonymous: true,
      handler: ({ baseUrl }) => ({
        status: 300,
        body: {
          versions: [
            { id: "v2.9", status: "CURRENT", links: [{ rel: "self", href: `${baseUrl}/image/v2/` }] },
            { id: "v2.0", status: "SUPPORTED", links: [{ rel: "self", href: `${baseUrl}/image/v2/` }] },
          ],
        },
      }),
    },
    { method: "GET", pattern: "/v2/images", handler: list },
    {
      method: "GET",
      pattern: "/v2/images/:id",
      handler: (request, store) => {
        const image = store.get(IMAGES, request.params["id"] ?? "");
        if (image === undefined || !visible(request, image)) {
          throw new ApiError(404, `No image found with ID ${request.params["id"]}`);
        }
        return { status: 200, body: visiblePart(image) };
      },
    },
  ],
};
