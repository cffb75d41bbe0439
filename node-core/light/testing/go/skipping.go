// One skipping step by CometBFT's own light client, for the benchmark of ours: reads a trusted and a later light block as
// RPC nodes write them (JSON), verifies the later one again and again, and prints the median of processor time in
// microseconds.
package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"syscall"
	"time"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/types"
)

func read(path string) *types.LightBlock {
	bytes, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	block := new(types.LightBlock)
	if err := cmtjson.Unmarshal(bytes, block); err != nil {
		panic(err)
	}
	return block
}

func processorTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return (usage.Utime.Sec+usage.Stime.Sec)*1_000_000 + int64(usage.Utime.Usec+usage.Stime.Usec)
}

// Arguments: the two files, the time in Unix seconds at which the step is made, the number of runs.
func main() {
	nowSeconds, err := strconv.ParseInt(os.Args[3], 10, 64)
	if err != nil {
		panic(err)
	}
	runs, err := strconv.Atoi(os.Args[4])
	if err != nil {
		panic(err)
	}
	took := make([]int64, 0, runs)
	for run := 0; run < runs; run++ {
		// Fresh objects each time: they remember hashes.
		trusted, target := read(os.Args[1]), read(os.Args[2])
		start := processorTime()
		err := light.VerifyNonAdjacent(trusted.SignedHeader, trusted.ValidatorSet, target.SignedHeader, target.ValidatorSet,
			14*24*time.Hour, time.Unix(nowSeconds, 0), 10*time.Second, light.DefaultTrustLevel)
		took = append(took, processorTime()-start)
		if err != nil {
			panic(err)
		}
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	fmt.Println(took[len(took)/2])
}
