/** Serves dist with the stand-in behind /api, under the same content policy as the real server. */
import type { Connect, Plugin } from 'vite';
import { mergeConfig } from 'vite';
import base from '../vite.config';
import { answer } from './mock/answer';

const POLICY = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'";
const stand: Connect.NextHandleFunction = (req, res, next) => {
  res.setHeader('Content-Security-Policy', POLICY);
  if (!req.url?.startsWith('/api/v1')) return next();
  const parts: Buffer[] = [];
  req.on('data', (c: Buffer) => parts.push(c));
  req.on('end', () => {
    const url = new URL(req.url ?? '', 'http://x');
    const text = Buffer.concat(parts).toString('utf8');
    const body = req.headers['content-type']?.includes('json') && text ? (JSON.parse(text) as Record<string, unknown>) : {};
    const [status, value] = answer(req.method ?? 'GET', decodeURIComponent(url.pathname.slice('/api/v1'.length)), url.searchParams, body);
    res.statusCode = status;
    res.setHeader('Content-Type', status >= 400 ? 'application/problem+json' : 'application/json');
    setTimeout(() => res.end(value === undefined ? '' : JSON.stringify(value)), 60);
  });
};
const plugin: Plugin = {
  name: 'stand-in',
  configureServer: (s) => void s.middlewares.use(stand),
  configurePreviewServer: (s) => void s.middlewares.use(stand),
};
export default mergeConfig(base, { plugins: [plugin] });
