import { cpSync, readFileSync } from 'node:fs';

const pkg = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

// The exports map is the one list of entries: './dist/adapters/fetch.js' is built from '.tsc/adapters/fetch.js'.
const entries = Object.values(pkg.exports)
  .filter((target) => typeof target === 'object')
  .map((target) => target.default.replace(/^\.\/dist\/|\.js$/g, ''));
const packages = Object.keys({ ...pkg.dependencies, ...pkg.peerDependencies });

/** Chains the compiler's source maps, so that a stack trace names src/, and copies its declarations. */
const compilerOutput = {
  name: 'compiler-output',
  load(id) {
    if (!/[\\/]\.tsc[\\/].*\.js$/.test(id)) return null;
    return {
      code: readFileSync(id, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'),
      map: readFileSync(`${id}.map`, 'utf8'),
    };
  },
  writeBundle({ dir }) {
    cpSync('.tsc', dir, { recursive: true, filter: (file) => !/\.js(\.map)?$/.test(file) });
  },
};

export default {
  input: Object.fromEntries(entries.map((name) => [name, `.tsc/${name}.js`])),
  external: (id) => id.startsWith('node:') || packages.some((name) => id === name || id.startsWith(`${name}/`)),
  plugins: [compilerOutput],
  output: {
    dir: 'dist',
    format: 'es',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name]-[hash].js',
  },
  // A cycle or an import that cannot be resolved is a defect of the package, not a remark.
  onwarn(warning) {
    throw Object.assign(new Error(warning.message), { code: warning.code });
  },
};
