// Regret prints, as JSON, how far memdil's samplers come on functions with a
// known minimum: {function: {sampler: [regret of each seed]}}. Names of
// samplers as arguments pick some.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/memdil/memdil/pipeline/search"
	"github.com/memdil/memdil/pipeline/search/searchtest"
)

func main() {
	seeds := flag.Int("seeds", 20, "runs of each sampler")
	trials := flag.Int("trials", 50, "trials of each run")
	flag.Parse()
	out := map[string]map[search.SamplerKind][]float64{}
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for _, f := range searchtest.Functions() {
		out[f.Name] = map[search.SamplerKind][]float64{}
		for _, kind := range []search.SamplerKind{search.Random, search.Sobol, search.TPE, search.GP} {
			if flag.NArg() > 0 && !slices.Contains(flag.Args(), string(kind)) {
				continue
			}
			regrets := make([]float64, *seeds)
			out[f.Name][kind] = regrets
			for seed := range *seeds {
				wait.Go(func() {
					slots <- struct{}{}
					defer func() { <-slots }()
					regrets[seed] = searchtest.Regret(f, kind, uint64(seed), *trials)
				})
			}
		}
	}
	wait.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
}
