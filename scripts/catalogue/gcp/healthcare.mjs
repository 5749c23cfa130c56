// The shapes of the path parameters of the Healthcare API, whose examples the package lacks: FHIR resources and DICOMweb paths
// (cloud.google.com/healthcare-api/docs/reference/rest).

/** Undefined for methods that are neither. `rest`: the parts of the id behind the store. */
export function healthcareShape(id, name) {
  const found = /^healthcare\.(projects\.locations\.datasets\.(?:fhirStores|dicomStores))\.(.+)$/.exec(id);
  if (!found) return undefined;
  const [, store, rest] = found;
  const base = store.split('.').map((part) => `${part}/*`).join('/');
  if (name === 'parent') return base;
  if (rest.startsWith('fhir.')) return name === 'type' ? '*' : fhir(base, rest.slice('fhir.'.length));
  const parts = rest.split('.');
  const method = parts.pop();
  if (name === 'dicomWebPath') return dicom(parts, method);
  return parts[0] === 'dicomWeb' ? `${base}/dicomWeb/${items(parts.slice(1))}` : undefined;
}

const items = (parts) => parts.map((part) => (part === 'bulkdata' ? 'bulkdata/**' : `${part}/*`)).join('/');

function fhir(base, method) {
  if (method === 'bulkExport' || method === 'capabilities') return base;
  const type = /^(Binary|ConceptMap|Consent|Encounter|Patient)(?=[A-Z])/.exec(method)?.[1] ?? '*';
  return `${base}/fhir/${type}/*${/vread$/i.test(method) ? '/_history/*' : ''}`;
}

function dicom(parts, method) {
  const own = items(parts);
  const below = (text) => (own === '' ? text : `${own}/${text}`);
  const searched = /^searchFor(\w+)$/.exec(method)?.[1];
  if (searched !== undefined) return below(searched.toLowerCase());
  if (/Metadata$/.test(method)) return below('metadata');
  if (method === 'retrieveRendered') return below('rendered');
  return own === '' ? 'studies' : own;
}
