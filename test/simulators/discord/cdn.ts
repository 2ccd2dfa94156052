import type { ServerResponse } from 'node:http';
import type { World } from './world.ts';

/** A file under its signed address; whatever is wrong, Discord's CDN says the same. */
export function serveFile(world: World, url: string, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const file = world.files.find(pathname, searchParams);
  if (!file) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('This content is no longer available.');
    return;
  }
  response
    .writeHead(200, {
      'content-type': file.contentType ?? 'application/octet-stream',
      'content-length': file.size,
      'content-disposition': `attachment; filename="${file.name}"`,
    })
    .end(file.bytes);
}
