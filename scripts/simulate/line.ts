/** Jobs that wait at a station, first come, first served. Pure. */

export class Line {
  /** Jobs that came in the same second, from the earliest on; those before `#first` are gone. */
  #cohorts: { readonly since: number; jobs: number }[] = [];
  #first = 0;
  length = 0;

  join(jobs: number, now: number): void {
    if (jobs <= 0) return;
    this.#cohorts.push({ since: now, jobs });
    this.length += jobs;
  }

  /** At most as many jobs as wait. Returns the seconds that they have waited, together. */
  leave(jobs: number, now: number): number {
    let waited = 0;
    this.length -= jobs;
    for (let open = jobs; open > 0; ) {
      const cohort = this.#cohorts[this.#first];
      if (cohort === undefined) break;
      const taken = Math.min(open, cohort.jobs);
      waited += taken * (now - cohort.since);
      cohort.jobs -= taken;
      open -= taken;
      if (cohort.jobs === 0) this.#first += 1;
    }
    if (this.#first > FORGET_AFTER) {
      this.#cohorts = this.#cohorts.slice(this.#first);
      this.#first = 0;
    }
    return waited;
  }

  /** Seconds that the first job has waited; 0 if none waits. */
  oldest(now: number): number {
    const cohort = this.#cohorts[this.#first];
    return cohort === undefined ? 0 : now - cohort.since;
  }
}

const FORGET_AFTER = 10_000;
