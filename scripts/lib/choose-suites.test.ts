import { expect, test } from 'vitest'
import { chooseSuites } from './choose-suites.ts'
import type { Suite } from './suites.ts'

const unit: Suite = { name: 'unit', paths: ['src'], toolchains: [] }
const runtime: Suite = { name: 'runtime', paths: ['tests/runtime'], toolchains: ['runtimes'] }
const hosts: Suite = { name: 'hosts', paths: ['tests/hosts'], toolchains: ['hosts'] }
const SUITES = [unit, runtime, hosts]

const FILES: Readonly<Record<string, readonly string[]>> = {
  unit: ['src/pool/key-pool.test.ts'],
  runtime: ['tests/runtime/deno.test.ts', 'tests/runtime/node.test.ts'],
}
const listTests = (suite: Suite): readonly string[] => FILES[suite.name] ?? []

test('chooseSuites without words takes every suite that has tests', () => {
  expect(chooseSuites(SUITES, [], listTests)).toEqual({ suites: [unit, runtime], filters: [] })
})

test('chooseSuites with the name of a suite takes that suite alone', () => {
  expect(chooseSuites(SUITES, ['unit'], listTests)).toEqual({ suites: [unit], filters: [] })
})

test('chooseSuites with a part of a path leaves out suites that have no such file', () => {
  expect(chooseSuites(SUITES, ['deno'], listTests)).toEqual({ suites: [runtime], filters: ['deno'] })
})

test('chooseSuites with both looks for the file in the named suite only', () => {
  expect(chooseSuites(SUITES, ['unit', 'deno'], listTests)).toEqual({ suites: [], filters: ['deno'] })
})
