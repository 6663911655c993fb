/** Key pairs. They belong to a user, not to a project, and their name is their id. */
import { createHash, generateKeyPairSync } from "node:crypto";
import { z } from "zod";
import { encodeOpenSsh } from "../../plugins/tls/openssh";
import { ApiError, type Request, type Resource, type Route, type Store } from "../api";
import { pageOf } from "../listing";
import { checkUnder, text } from "../requests";
import { COMPUTE_PREFIX } from "./flavors";
import { microversion } from "./microversions";

const KIND = "compute.keypairs";

const schema = z.object({
  name: z.string().min(1).max(255),
  public_key: z.string().min(1).optional(),
  type: z.enum(["ssh", "x509"]).default("ssh"),
});

/** Key of the store: two users may have key pairs of the same name. */
function key(userId: string, name: string): string {
  return `${userId}:${name}`;
}

export function findKeypair(store: Store, userId: string, name: string): Resource | undefined {
  return store.get(KIND, key(userId, name));
}

function find(request: Request, store: Store): Resource {
  const { name = "" } = request.params;
  const keypair = findKeypair(store, request.caller.userId, name);
  if (keypair === undefined)
    throw new ApiError(404, `Keypair ${name} not found for user ${request.caller.userId}`);
  return keypair;
}

/** Digest of the key's bytes as ssh-keygen shows it: `aa:bb:…`. */
function fingerprint(publicKey: string): string {
  const [type, data] = publicKey.trim().split(/\s+/);
  const bytes = Buffer.from(data ?? "", "base64");
  // The bytes repeat the type; without it the text was cut or is no key.
  if (type === undefined || !bytes.subarray(4, 4 + type.length).equals(Buffer.from(type))) {
    throw new ApiError(400, "Keypair data is invalid: failed to generate fingerprint");
  }
  return createHash("md5")
    .update(bytes)
    .digest("hex")
    .replace(/..(?!$)/g, "$&:");
}

/** As Nova makes it when no key is given. */
function generate(): { publicKey: string; privateKey: string } {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const privateKey = pair.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  return { publicKey: encodeOpenSsh(pair.privateKey).publicKey.trim(), privateKey };
}

function view(request: Request, keypair: Resource): Record<string, unknown> {
  const { name, public_key, fingerprint: digest, type } = keypair;
  return { name, public_key, fingerprint: digest, ...(microversion(request) >= 2 ? { type } : {}) };
}

const WRONG_NAME =
  "An invalid 'name' value was provided. The name must be: Only expected characters: [_- 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ]";

function create(request: Request, store: Store) {
  const { name, public_key, type } = checkUnder(request, "keypair", schema);
  const { userId } = request.caller;
  if (!/^[\w\- ]+$/.test(name)) throw new ApiError(400, WRONG_NAME);
  if (findKeypair(store, userId, name) !== undefined) {
    throw new ApiError(409, `Key pair '${name}' already exists.`);
  }
  const generated = public_key === undefined ? generate() : undefined;
  const publicKey = (public_key ?? generated?.publicKey ?? "").trim();
  const keypair = store.insert(KIND, {
    id: key(userId, name),
    name,
    type,
    public_key: public_key ?? publicKey,
    fingerprint: fingerprint(publicKey),
    user_id: userId,
    // For the control API only, which shows what a project has.
    project_id: request.caller.projectId,
    created_at: new Date().toISOString(),
  });
  const secret = generated === undefined ? {} : { private_key: generated.privateKey };
  return {
    status: microversion(request) >= 2 ? 201 : 200,
    body: { keypair: { ...view(request, keypair), user_id: userId, ...secret } },
  };
}

const COLLECTION = "/v2.1/os-keypairs";

export const keypairRoutes: Route[] = [
  { method: "POST", pattern: COLLECTION, handler: create },
  {
    method: "GET",
    pattern: COLLECTION,
    handler: (request, store) => {
      const own = store.list(KIND).filter(({ user_id }) => user_id === request.caller.userId);
      const page = pageOf(own, request, request.baseUrl + COMPUTE_PREFIX, {
        maximum: 1000,
        markerKey: "name",
      });
      const links = page.next === undefined ? {} : { keypairs_links: [{ rel: "next", href: page.next }] };
      return {
        status: 200,
        body: { keypairs: page.rows.map((row) => ({ keypair: view(request, row) })), ...links },
      };
    },
  },
  {
    method: "GET",
    pattern: `${COLLECTION}/:name`,
    handler: (request, store) => {
      const keypair = find(request, store);
      const more = {
        user_id: keypair["user_id"],
        created_at: text(keypair["created_at"]).replace("Z", "000"),
        updated_at: null,
        deleted: false,
        deleted_at: null,
      };
      return { status: 200, body: { keypair: { ...view(request, keypair), ...more, id: 1 } } };
    },
  },
  {
    method: "DELETE",
    pattern: `${COLLECTION}/:name`,
    handler: (request, store) => {
      store.remove(KIND, find(request, store).id);
      return { status: microversion(request) >= 2 ? 204 : 202 };
    },
  },
];
