/**
 * Measures several subjects by turns, so that noise on the machine hits all alike: in every round each subject
 * once, and the next round begins with the next subject.
 *
 * @returns by subject, one measurement per round: those of the same round may be compared as pairs.
 */
export async function alternate<Subject, Measurement>(
  subjects: readonly Subject[],
  rounds: number,
  measure: (subject: Subject) => Measurement | Promise<Measurement>,
): Promise<Map<Subject, Measurement[]>> {
  const measured = new Map(subjects.map((subject) => [subject, [] as Measurement[]]))
  for (let round = 0; round < rounds; round++) {
    const first = round % subjects.length
    for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
      measured.get(subject)?.push(await measure(subject))
    }
  }
  return measured
}
