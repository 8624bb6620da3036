// Bundles the browser's files into BUSBAR_WEB_OUT (default ../../.run/web): hashed names, manifest.json last.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, context } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(here, process.env.BUSBAR_WEB_OUT ?? "../../.run/web");
const watching = process.argv.includes("--watch");

/** Write `bytes` under a name that changes with them, and return that name. */
async function hashed(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const dot = name.lastIndexOf(".");
  const full = `${name.slice(0, dot)}-${hash}${name.slice(dot)}`;
  await writeFile(join(out, full), bytes);
  // Packed once here, not at every load: the server sends this to who takes it.
  await writeFile(join(out, `${full}.gz`), gzipSync(bytes, { level: 9 }));
  return full;
}

/** Put the bundle where the server finds it; the manifest changes in one step, old files go afterwards. */
async function place(result) {
  if (result.errors.length > 0) return;
  await mkdir(out, { recursive: true });
  const manifest = {};
  for (const file of result.outputFiles) {
    const name = file.path.slice(file.path.lastIndexOf("/") + 1).replace("styles.css", "desk.css");
    // Typefaces are named in the style sheet: esbuild has put their hash in already.
    if (name.endsWith(".woff2")) await writeFile(join(out, name), file.contents);
    manifest[name] = name.endsWith(".woff2") ? name : await hashed(name, file.contents);
  }
  manifest["icon.svg"] = await hashed("icon.svg", await readFile(join(here, "icon.svg")));
  await writeFile(join(out, "manifest.json.new"), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(join(out, "manifest.json.new"), join(out, "manifest.json"));
  const kept = new Set([...Object.values(manifest), "manifest.json"]);
  for (const name of await readdir(out)) {
    if (!kept.has(name.replace(/\.gz$/, "")) && /-([0-9a-f]{10}|[0-9A-Z]{8})\.(js|css|svg|woff2)(\.gz)?$/.test(name)) await rm(join(out, name));
  }
  const size = result.outputFiles.reduce((sum, file) => sum + file.contents.length, 0);
  console.log(`bundled ${result.outputFiles.length + 1} files, ${Math.round(size / 1024)} KB, into ${out}`);
}

const options = {
  absWorkingDir: here,
  entryPoints: {
    desk: "src/desk.ts",
    floor: "src/floor.ts",
    office: "src/office.ts",
    player: "src/player.ts",
    segments: "src/segments.ts",
    ticker: "src/ticker.ts",
    wall: "src/wall.ts",
    theme: "src/theme-early.ts",
    styles: "css/desk.css",
  },
  entryNames: "[name]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  outdir: out,
  bundle: true,
  minify: !watching,
  write: false,
  format: "esm",
  target: ["chrome120", "firefox121", "safari17"],
  legalComments: "none",
  define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
  plugins: [{ name: "place", setup: (b) => b.onEnd(place) }],
};

if (watching) await (await context(options)).watch();
else await build(options);
