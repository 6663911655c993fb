import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** An npm package that a program uses. */
export interface Dependency {
  readonly name: string;
  /** As installed; as package.json asks for it where it is not installed. */
  readonly version: string;
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly packages?: Record<string, Manifest>;
}

/**
 * The packages of a program, for `pulumi about`.
 *
 * @param directory the program's folder
 * @param transitive also what the packages use themselves
 * @returns sorted by name; empty when the program has no package.json
 */
export function programDependencies(directory: string, transitive: boolean): Dependency[] {
  const root = nearest(directory, "package.json");
  if (root === undefined) return [];
  const found = transitive ? lockedPackages(root) : directDependencies(root);
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

function directDependencies(root: string): Dependency[] {
  const { dependencies, devDependencies } = readManifest(join(root, "package.json"));
  return Object.entries({ ...devDependencies, ...dependencies }).map(([name, asked]) => {
    const holder = nearest(root, join("node_modules", name, "package.json"));
    const installed = holder && readManifest(join(holder, "node_modules", name, "package.json")).version;
    return { name, version: installed ?? asked };
  });
}

function lockedPackages(root: string): Dependency[] {
  const holder = nearest(root, "package-lock.json");
  const packages = holder ? readManifest(join(holder, "package-lock.json")).packages : undefined;
  if (!packages) return directDependencies(root);
  const versions = new Map<string, Dependency>();
  for (const [path, { version }] of Object.entries(packages)) {
    const name = path.split("node_modules/").at(-1);
    if (name && version) versions.set(`${name}@${version}`, { name, version });
  }
  return [...versions.values()];
}

/** The first folder, from `directory` upwards, that holds `file`. */
function nearest(directory: string, file: string): string | undefined {
  if (existsSync(join(directory, file))) return directory;
  const above = dirname(directory);
  return above === directory ? undefined : nearest(above, file);
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}
