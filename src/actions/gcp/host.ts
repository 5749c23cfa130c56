// The service and location that a host of Google's APIs names: global, regional, mutual TLS, private access, and a bucket before Cloud Storage.
// INVARIANT: what is not surely the host of one API is never taken for it without saying so (`odd`).
import type { ServiceHead } from './catalogue-text.ts';
import type { GcpData } from './catalogue.ts';

export interface GcpHost {
  /** Services that answer there; empty where the name is Google's and nothing more is known. */
  readonly services: readonly ServiceHead[];
  /** All services answer there, and the path alone tells them apart. */
  readonly shared: boolean;
  readonly region: string | undefined;
  /** A bucket of Cloud Storage, in its own host. */
  readonly bucket: string | undefined;
  /** Cloud Storage: paths that are none of the JSON API are those of the XML API. */
  readonly storage: boolean;
  readonly odd: boolean;
}

const SUFFIX = '.googleapis.com';
/** Where Google's own web pages call the same APIs: `clients6.google.com/drive/v3/…`, `storage.clients6.google.com`. */
const FOR_PAGES = 'clients6.google.com';
/** Fonts, scripts and map tiles for web pages. */
const NOT_AN_API: ReadonlySet<string> = new Set(['fonts', 'ajax', 'maps', 'translate-pa', 'csi', 'safebrowsing-cache']);
/** Names behind which every service stands. */
const SHARED: ReadonlySet<string> = new Set(['www', 'private', 'restricted', 'content', 'clients', 'clients6']);
const LOCATION = /^(?:[a-z]+-[a-z]+\d{1,2}(?:-[a-z])?|us|eu|asia|global|europe|in|ca)$/;
/** Google's own stages of the same API. */
const STAGE = /^(?:content|mtls|autopush|staging|test|preprod|daily|dev|alpha|beta)$/;

/** Undefined for a host that is none of Google's APIs. `host` is in lower case, with or without a port. */
export function readGcpHost(host: string, data: GcpData): GcpHost | undefined {
  const colon = host.indexOf(':');
  let name = colon < 0 ? host : host.slice(0, colon);
  if (name.endsWith('.')) name = name.slice(0, -1);
  if (name === 'accounts.google.com') return plain(data.byHost.get('oauth2') ?? []);
  if (name === FOR_PAGES) return readLabels(['clients6'], data);
  if (name.endsWith(`.${FOR_PAGES}`)) return readLabels(name.slice(0, -FOR_PAGES.length - 1).split('.'), data);
  if (!name.endsWith(SUFFIX)) return undefined;
  const labels = name.slice(0, -SUFFIX.length).split('.');
  if (labels.length === 1 && NOT_AN_API.has(labels[0] ?? '')) return undefined;
  return readLabels(labels, data);
}

function plain(services: readonly ServiceHead[], more: Partial<GcpHost> = {}): GcpHost {
  const storage = services.some(({ id }) => id === 'storage') && more.shared !== true;
  return {
    services,
    shared: false,
    region: undefined,
    bucket: undefined,
    odd: services.length === 0,
    storage,
    ...more,
  };
}

function readLabels(labels: string[], data: GcpData): GcpHost {
  const last = labels.at(-1) ?? '';
  // `storage-vialink1.p`: an endpoint of Private Service Connect.
  if (last === 'p' && labels.length === 2) return readLabel(labels[0] ?? '', data, true);
  while (['mtls', 'sandbox', 'rep', 'private', 'restricted'].includes(labels.at(-1) ?? '') && labels.length > 1)
    labels.pop();
  let region: string | undefined;
  if (labels.length > 1 && LOCATION.test(labels.at(-1) ?? '')) region = labels.pop();
  const label = labels.pop() ?? '';
  const before = labels.join('.');
  const found = readLabel(label, data, false);
  const at = { ...found, region: region ?? found.region };
  if (before === '') return at;
  // `bucket.storage`, and names with dots in them.
  return found.storage ? { ...at, bucket: before } : { ...at, odd: true };
}

/** `iam`, `us-central1-aiplatform`, `content-storage`. */
function readLabel(label: string, data: GcpData, endpoint: boolean): GcpHost {
  if (SHARED.has(label)) return plain(data.heads, { shared: true, odd: false });
  const exact = data.byHost.get(label);
  if (exact) return plain(exact);
  if (endpoint) {
    for (let at = label.lastIndexOf('-'); at > 0; at = label.lastIndexOf('-', at - 1)) {
      const services = data.byHost.get(label.slice(0, at));
      if (services) return plain(services);
    }
    return plain([]);
  }
  for (let at = label.indexOf('-'); at > 0; at = label.indexOf('-', at + 1)) {
    const services = data.byHost.get(label.slice(at + 1));
    const before = label.slice(0, at);
    if (!services) continue;
    if (LOCATION.test(before)) return plain(services, { region: before });
    return plain(services, { odd: !STAGE.test(before) });
  }
  return plain([]);
}
