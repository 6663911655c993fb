/** A double of a chart: small, valid, and what it was given can be looked at in the cluster. */
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import { stringify } from "yaml";
import { crdsOf } from "../crds";

export interface ChartVersion {
  readonly name: string;
  readonly version: string;
}

/**
 * What a release is, as far as Flux and Kubernetes see it: a Deployment that fits every Pod Security level, and the
 * values in a ConfigMap.
 */
const TEMPLATE = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-values
  namespace: {{ .Release.Namespace }}
data:
  chart: {{ printf "%s %s" .Chart.Name .Chart.Version | quote }}
  values.yaml: {{ toYaml .Values | quote }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
  labels: &labels
    app.kubernetes.io/name: {{ .Chart.Name }}
    app.kubernetes.io/instance: {{ .Release.Name }}
spec:
  selector:
    matchLabels: *labels
  template:
    metadata:
      labels: *labels
      annotations:
        sandbox/values: {{ toYaml .Values | sha256sum }}
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65534
        seccompProfile: { type: RuntimeDefault }
      containers:
        - name: double
          image: sandbox.invalid/{{ .Chart.Name }}:{{ .Chart.Version }}
          resources:
            requests: { cpu: 1m, memory: 1Mi }
            limits: { memory: 8Mi }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
`;

export function metadataOf({ name, version }: ChartVersion) {
  const description = "Double of the sandbox: the values that it was given, and one Deployment.";
  return { apiVersion: "v2", name, version, description, type: "application" };
}

/** @returns the chart as a .tgz; the same bytes every time, so that its digest is one */
export async function chartArchive(chart: ChartVersion): Promise<Buffer> {
  const archive = pack();
  const add = (path: string, text: string) =>
    archive.entry({ name: `${chart.name}/${path}`, mtime: new Date(0), mode: 0o644 }, text);
  add("Chart.yaml", stringify(metadataOf(chart)));
  add("values.yaml", "{}\n");
  const crds = crdsOf(chart.name);
  if (crds.length > 0) add("crds/all.yaml", crds.map((crd) => stringify(crd)).join("---\n"));
  add("templates/double.yaml", TEMPLATE);
  archive.finalize();
  return buffer(archive.pipe(createGzip()));
}
