import { manifest } from './repository.ts';

/** What `jsr.json` has to say, which is what `package.json` says: JSR takes the sources, and wants a scope. */
export function registryManifest(): object {
  const { name, version, license } = manifest;
  const exported = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : [[subpath, target.default.replace(/^\.\/dist\//, './src/').replace(/\.js$/, '.ts')]],
  );
  return {
    name: `@${name}/${name}`,
    version,
    license,
    exports: Object.fromEntries(exported),
    publish: { include: ['src', 'README.md', 'LICENSE', 'CHANGELOG.md', 'package.json'] },
  };
}
