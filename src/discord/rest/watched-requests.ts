import type { RESTOptions } from 'discord.js';
import type { RequestPurpose } from '../../conversation/work-events.ts';

type MakeRequest = RESTOptions['makeRequest'];

/** Hears of a request that has ended: its HTTP status, or undefined where no answer came. */
export type OnRequest = (purpose: RequestPurpose, status: number | undefined) => void;

const MESSAGE = /\/messages\/(?:\d+|@original)$/u;

/** What a request is for, by its method and its address. */
export const purposeOf = (method: string | undefined, url: string): RequestPurpose => {
  if (method === undefined || method === 'GET') return 'read';
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  if (MESSAGE.test(path)) return method === 'DELETE' ? 'delete' : method === 'PATCH' ? 'edit' : 'other';
  if (method !== 'POST') return 'other';
  if (path.endsWith('/messages') || /\/webhooks\/\d+\/[^/]+$/u.test(path)) return 'create';
  if (path.endsWith('/typing')) return 'typing';
  return path.endsWith('/callback') ? 'respond' : 'other';
};

/** Tells of each request as it goes over the wire, those too that discord.js makes again by itself. */
export const watchedRequests =
  (makeRequest: MakeRequest, onRequest: OnRequest): MakeRequest =>
  async (url, init) => {
    let status: number | undefined;
    try {
      const response = await makeRequest(url, init);
      status = response.status;
      return response;
    } finally {
      onRequest(purposeOf(init.method ?? undefined, url), status);
    }
  };
