// A configuration for kubectl with one cluster, one user and one context.

/** `token`: of the user, sent as a bearer credential over TLS. `ca`: PEM of the authority that the server's certificate is from. */
export function kubeconfig(server: string, namespace: string, token = 'a-token', ca?: string): string {
  const authority = ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server, ...authority } }],
    users: [{ name: 'agent', user: { token } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'agent', namespace } }],
    'current-context': 'fake',
  });
}
