FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
# Of what draws /usage one file and one font are used; all else of it is 77 MB. What compilers, debuggers and readers want of the others is 20 MB.
RUN cd node_modules && find echarts -type f ! -name package.json ! -name 'LICENSE*' ! -name NOTICE ! -path echarts/dist/echarts.common.min.js -delete \
    && find echarts -type d -empty -delete && rm -rf zrender && find dejavu-fonts-ttf/ttf -type f ! -name DejaVuSans.ttf -delete \
    && find . -type f ! -iname 'license*' \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' -o -iname '*.md' \) -delete && rm -rf @types

FROM node:24-slim
# What V8's and SQLite's threads allocate is given back: by itself, glibc keeps a part of its own for each thread, and all that was once
# allocated in it. A sixth of what a busy bot would hold.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/.compile-cache \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=65536 \
    HTTP_PORT=8320 \
    STORE_URL=sqlite:///data/parley.sqlite
WORKDIR /app
# Nothing is installed in here.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY src src
RUN mkdir /data "$NODE_COMPILE_CACHE" && chown node:node /data "$NODE_COMPILE_CACHE"
USER node
# Compile once, while building: the first start is then as quick as every other, also on a read-only file system.
# As the user who runs it: Node keeps what it compiled apart for each.
# Without settings it ends at once, with 78; then all is loaded but what does something when it is: main, which has just
# been, and workers, of which two end with their input.
RUN node src/start.js 2>/dev/null; test $? -eq 78 \
    && node --input-type=module -e "for (const file of (await import('node:fs')).globSync('/app/src/**/*.ts')) if (!/(main|-worker)\.ts$/.test(file)) await import(file)" \
    && node src/discord/files/image-worker.ts < /dev/null && node src/pictures/picture-worker.ts < /dev/null
VOLUME /data
STOPSIGNAL SIGTERM
# Alive and connected to Discord. Plain node: the image has no curl.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["node", "src/start.js", "health"]
# node itself is PID 1 and handles its signals.
ENTRYPOINT ["node", "src/start.js"]
