import { bundleNode } from './lib/bundle.ts'

await bundleNode('dist')
