import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { SETTING_NAMES, readConfig } from '../src/settings/config.ts';

const ROOT = join(import.meta.dirname, '..');

/** What Kubernetes takes, as far as the file uses it: a name that is not known there is refused here. @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
const probe = z.strictObject({ httpGet: z.strictObject({ path: z.string(), port: z.string() }), periodSeconds: z.int().min(1), failureThreshold: z.int().min(1).optional() });
const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  env: z.array(
    z.union([
      z.strictObject({ name: z.string(), value: z.string() }),
      z.strictObject({ name: z.string(), valueFrom: z.strictObject({ secretKeyRef: z.strictObject({ name: z.string(), key: z.string() }) }) }),
    ]),
  ),
  ports: z.array(z.strictObject({ name: z.string().max(15), containerPort: z.int() })),
  livenessProbe: probe,
  readinessProbe: probe,
  resources: z.strictObject({ requests: z.strictObject({ cpu: z.string(), memory: z.string() }), limits: z.strictObject({ memory: z.string() }) }),
  securityContext: z.strictObject({ allowPrivilegeEscalation: z.literal(false), readOnlyRootFilesystem: z.literal(true), capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }) }),
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string().startsWith('/'), readOnly: z.boolean().optional() })),
});
const labels = z.record(z.string(), z.string());
const deploymentSchema = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata: z.strictObject({ name: z.string(), labels }),
  spec: z.strictObject({
    replicas: z.int(),
    selector: z.strictObject({ matchLabels: labels }),
    strategy: z.strictObject({ rollingUpdate: z.strictObject({ maxSurge: z.int(), maxUnavailable: z.int() }) }),
    template: z.strictObject({
      metadata: z.strictObject({ labels, annotations: z.record(z.string(), z.string()) }),
      spec: z.strictObject({
        terminationGracePeriodSeconds: z.int(),
        automountServiceAccountToken: z.literal(false),
        securityContext: z.strictObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.int().min(1),
          runAsGroup: z.int().min(1),
          fsGroup: z.int().min(1),
          seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
        }),
        containers: z.tuple([container]),
        volumes: z.array(
          z.strictObject({ name: z.string(), secret: z.strictObject({ secretName: z.string(), items: z.array(z.strictObject({ key: z.string(), path: z.string() })), defaultMode: z.int() }) }),
        ),
      }),
    }),
  }),
});
const secretSchema = z.strictObject({ apiVersion: z.literal('v1'), kind: z.literal('Secret'), metadata: z.strictObject({ name: z.string() }), type: z.literal('Opaque'), stringData: z.record(z.string(), z.string()) });

const [secret, deployment] = z
  .tuple([secretSchema, deploymentSchema])
  .parse(parseAllDocuments(readFileSync(join(ROOT, 'docs/kubernetes/parley.yaml'), 'utf8')).map((document) => document.toJS() as unknown));
const { template, selector, strategy } = deployment.spec;
const { containers, volumes, securityContext, terminationGracePeriodSeconds } = template.spec;
const [parley] = containers;

describe('the manifest for Kubernetes', () => {
  it('finds its own pods, and keeps one of them while another starts', () => {
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    expect(terminationGracePeriodSeconds).toBeGreaterThan(20);
    // The image's own user.
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).toContain('USER node');
    expect(securityContext.runAsUser).toBe(1000);
  });

  it('has settings with which Parley starts, from secrets that there are', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-'));
    const [volume] = volumes;
    expect(volume?.secret.secretName).toBe(secret.metadata.name);
    const mounted = parley.volumeMounts.find(({ name }) => name === volume?.name);
    for (const { key, path } of volume?.secret.items ?? []) writeFileSync(join(folder, path), secret.stringData[key] ?? '', { mode: 0o600 });
    const environment = Object.fromEntries(
      parley.env.map((variable) => {
        if ('value' in variable) return [variable.name, variable.value.replace(mounted?.mountPath ?? '-', folder)];
        expect(variable.valueFrom.secretKeyRef.name).toBe(secret.metadata.name);
        return [variable.name, secret.stringData[variable.valueFrom.secretKeyRef.key]];
      }),
    );
    expect(Object.keys(environment).filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
    const config = readConfig(environment);
    expect(config.http).toEqual({ host: '0.0.0.0', port: 8320 });
    expect(config.store.url).toMatch(/^postgres:\/\//u);
    expect(config.discord.token.read()).toBe(secret.stringData['discord_token']);
  });

  it('asks where Parley tells how it is', () => {
    const [port] = parley.ports;
    expect(port?.containerPort).toBe(8320);
    expect(template.metadata.annotations).toEqual({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8320' });
    expect([parley.livenessProbe.httpGet, parley.readinessProbe.httpGet]).toEqual([
      { path: '/livez', port: port?.name },
      { path: '/readyz', port: port?.name },
    ]);
    const served = readFileSync(join(ROOT, 'src/operations/health-server.ts'), 'utf8');
    for (const { path } of [parley.livenessProbe.httpGet, parley.readinessProbe.httpGet]) expect(served).toContain(`case '${path}':`);
  });
});
