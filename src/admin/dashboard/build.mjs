// Bundles the dashboard and writes its files as a C++ table: node build.mjs <dashboard_files.cc> [directory, to look at them]
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {build} from 'esbuild';

const [target, directory] = process.argv.slice(2);
if (!target) {
  console.error('usage: node build.mjs <dashboard_files.cc> [directory]');
  process.exit(2);
}

const bundle = await build({
  entryPoints: {app: 'src/main.tsx'},
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  outdir: 'out',
  write: false,
  logLevel: 'warning',
});

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 20);
const types = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
};

const files = [];
function add(name, bytes, immutable) {
  files.push({
    path: name,
    type: types[path.extname(name)] ?? types['.html'],
    etag: `"${digest(bytes)}"`,
    bytes: Buffer.from(bytes),
    immutable,
  });
}

let page = readFileSync('src/index.html', 'utf8');
for (const {path: file, contents} of bundle.outputFiles) {
  const extension = path.extname(file);
  const name = `/assets/app-${digest(contents)}${extension}`;
  page = page.replace(`app${extension}`, name);
  add(name, contents, true);
}
const icon = readFileSync('src/icon.svg');
add('/assets/icon.svg', icon, false);
add('/', page, false);

// Octal escapes always with three digits, so that no digit that follows is taken for one of them.
function literal(bytes) {
  let text = '';
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) text += '\\' + String.fromCharCode(byte);
    else if (byte === 0x3f || byte < 0x20 || byte > 0x7e) text += '\\' + byte.toString(8).padStart(3, '0');
    else text += String.fromCharCode(byte);
  }
  return text;
}
function literals(bytes) {
  const lines = [];
  for (let i = 0; i < bytes.length; i += 4000) lines.push(`    "${literal(bytes.subarray(i, i + 4000))}"`);
  return lines.join('\n');
}

const entries = files.map(
  (file) =>
    `  {.path = "${file.path}", .type = "${file.type}", .etag = "${literal(Buffer.from(file.etag))}",\n   .content = {\n${literals(file.bytes)},\n    ${file.bytes.length}}, .immutable = ${file.immutable}},`,
);
writeFileSync(
  target,
  `// Made by src/admin/dashboard/build.mjs.
#include "admin/pages.h"

namespace tollgate::admin {

std::span<const PageFile> dashboard_files() {
  static constexpr PageFile files[] = {
${entries.join('\n')}
  };
  return files;
}

}  // namespace tollgate::admin
`,
);

if (directory) {
  for (const file of files) {
    const to = path.join(directory, file.path === '/' ? 'index.html' : file.path);
    mkdirSync(path.dirname(to), {recursive: true});
    writeFileSync(to, file.bytes);
  }
}
