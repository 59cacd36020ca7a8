// Copyright (c) 2026, greyops.rest contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// oidc-provider, unmodified, with a small API behind it and a request log before it. The variable OTHER_SERVER holds its
// settings as JSON: its address, and a client. It finds its socket in the place of its input. All paths are those that
// Grepr has.

import http from 'node:http';
import Provider from 'oidc-provider';

const settings = JSON.parse(process.env.OTHER_SERVER);
const provider = new Provider(settings.url, {
  clients: [{ ...settings.client, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: 'read' }],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  routes: { token: '/oauth/token' },
  scopes: ['read', 'admin'],
  ttl: { ClientCredentials: 600 },
});
const oidc = provider.callback();

// What the token endpoint was asked and what it answered, oldest first.
let requestLog = [];

function answer(response, status, document) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(document));
}

async function jobs(request, response) {
  const [, token] = (request.headers.authorization ?? '').split(' ');
  const found = token && (await provider.ClientCredentials.find(token));
  if (found) answer(response, 200, { items: [{ id: '1', name: 'of oidc-provider', version: 1 }] });
  else answer(response, 401, { error: 'invalid_token' });
}

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, settings.url);
  if (pathname === '/control') {
    if (request.method === 'POST') requestLog = [];
    return answer(response, 200, requestLog);
  }
  if (pathname === '/api/v1/jobs') return jobs(request, response);
  if (pathname === '/oauth/token') {
    const [type] = (request.headers['content-type'] ?? '').split(';');
    const [scheme] = (request.headers.authorization ?? '').split(' ');
    response.on('finish', () => requestLog.push({ type, scheme, status: response.statusCode }));
  }
  return oidc(request, response);
});
server.listen({ fd: 0 });
