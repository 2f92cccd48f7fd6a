// Command readers names the images of files as the programs do that act on them: Kubernetes (sigs.k8s.io/yaml),
// BuildKit and Compose. For each line of standard input, a file in base64 (for Compose, its .env behind a blank),
// it prints {"images": […], "failed": "…"}.
//
//	readers kubernetes | dockerfile | compose DIRECTORY
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type reader func(files [][]byte) ([]string, error)

func main() {
	readers := map[string]reader{"kubernetes": kubernetes, "dockerfile": dockerfile, "compose": compose}
	read := readers[os.Args[1]]
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		var files [][]byte
		for _, part := range strings.Split(strings.TrimSuffix(line, "\n"), " ") {
			file, err := base64.StdEncoding.DecodeString(part)
			if err != nil {
				panic(err)
			}
			files = append(files, file)
		}
		answer, _ := json.Marshal(answered(read, files))
		fmt.Fprintln(out, string(answer))
	}
}

type answer struct {
	Images []string `json:"images"`
	Failed string   `json:"failed"`
}

// answered calls a reader; some of them panic.
func answered(read reader, files [][]byte) (result answer) {
	result.Images = []string{}
	defer func() {
		if problem := recover(); problem != nil {
			result.Failed = fmt.Sprint(problem)
		}
	}()
	images, err := read(files)
	result.Images = append(result.Images, images...)
	if err != nil {
		result.Failed = err.Error()
	}
	return result
}
