import { posix } from 'node:path'
import { transformSync } from 'esbuild'

/** A module as the rules see it. */
export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly imports: readonly Import[]
  /** JavaScript without types, comments and the text of strings. */
  readonly code: string
  readonly lineCount: number
}

interface Import {
  /** As written, but with a relative path resolved from the root of the repository. */
  readonly module: string
  /** What stands between `import` and `from`; empty for a dynamic or a bare import. */
  readonly clause: string
}

const STATIC_IMPORT = /^(?:import|export)\s+([^'";]*?)\s*from\s*'([^']+)'/gm
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g
const OTHER_IMPORT = /\bimport\s*\(?\s*'([^']+)'/g

export function parseSource(path: string, source: string): SourceFile {
  const imports = [
    ...[...source.matchAll(STATIC_IMPORT)].map(([, clause = '', module = '']) => ({ clause, module })),
    ...[...source.matchAll(OTHER_IMPORT)].map(([, module = '']) => ({ clause: '', module })),
  ]
  return {
    path,
    imports: imports.map(({ clause, module }) => ({ clause, module: fromRoot(path, module) })),
    code: transformSync(source, { loader: 'ts', target: 'esnext' }).code.replaceAll(STRING, '""'),
    lineCount: source.trimEnd().split('\n').length,
  }
}

function fromRoot(importer: string, module: string): string {
  return module.startsWith('.') ? posix.join(posix.dirname(importer), module) : module
}
