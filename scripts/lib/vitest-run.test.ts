import { expect, test } from 'vitest'
import { countsOf, runVitest, type VitestReport } from './vitest-run.ts'

const GREEN: VitestReport = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{}, {}, {}] }],
}

test('countsOf a green run has no failure', () => {
  expect(countsOf(GREEN, 0)).toEqual({ passed: 3, failed: 0, skipped: 0 })
})

test('countsOf a run with a file that could not be loaded counts the file as one failure', () => {
  const report = { ...GREEN, testResults: [...GREEN.testResults, { status: 'failed', assertionResults: [] }] }
  expect(countsOf(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 0 })
})

test('countsOf a run that vitest itself calls failed has a failure, though every test passed', () => {
  expect(countsOf(GREEN, 1)).toEqual({ passed: 3, failed: 1, skipped: 0 })
})

test('countsOf a run with pending and todo tests calls both skipped', () => {
  expect(countsOf({ ...GREEN, numPendingTests: 2, numTodoTests: 1 }, 0)).toEqual({
    passed: 3,
    failed: 0,
    skipped: 3,
  })
})

test('runVitest of no project runs nothing', async () => {
  expect(await runVitest([], [])).toEqual({ passed: 0, failed: 0, skipped: 0 })
})
