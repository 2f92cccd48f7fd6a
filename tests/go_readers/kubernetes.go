package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	decoding "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// kubernetes gives the images of every Pod, also where a later document cannot be read: as kubectl and its older
// releases find them. kustomize splits as they do (kyaml, kio/byteio_reader.go), and ends on aliases in a circle.
func kubernetes(files [][]byte) ([]string, error) {
	var found images
	decoder := decoding.NewYAMLOrJSONDecoder(bytes.NewReader(files[0]), 4096)
	var failed error
	for {
		var value any
		err := decoder.Decode(&value)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			failed = err
			break
		}
		found.pods(value)
	}
	var before images
	for _, document := range documents(files[0]) {
		var value any
		if err := yaml.Unmarshal(document, &value); err != nil {
			failed = err
			continue
		}
		before.pods(value)
	}
	return longest(found, before), failed
}

// longest gives every image as often as the reader that names it most often.
func longest(lists ...images) (all images) {
	counted := map[string]int{}
	for _, list := range lists {
		seen := map[string]int{}
		for _, image := range list {
			if seen[image]++; seen[image] > counted[image] {
				counted[image] = seen[image]
				all = append(all, image)
			}
		}
	}
	return all
}

// documents splits as apimachinery did before it refused text behind the dashes, where kubectl still found Pods.
func documents(text []byte) [][]byte {
	var found [][]byte
	var buffer bytes.Buffer
	lines := bufio.NewReader(bytes.NewReader(text))
	for {
		line, err := lines.ReadBytes('\n')
		rest, separates := bytes.CutPrefix(line, []byte("---"))
		trimmed := strings.TrimSpace(string(rest))
		if separates && (trimmed == "" || trimmed[0] == '#') {
			if buffer.Len() > 0 {
				found = append(found, bytes.Clone(buffer.Bytes()))
				buffer.Reset()
			}
		} else {
			buffer.Write(line)
		}
		if err != nil {
			return append(found, bytes.Clone(buffer.Bytes()))
		}
	}
}

type images []string

func (found *images) pods(value any) {
	object, _ := value.(map[string]any)
	switch object["kind"] {
	case "List":
		items, _ := object["items"].([]any)
		for _, item := range items {
			found.pods(item)
		}
	case "Pod":
		if object["apiVersion"] != "v1" {
			return
		}
		spec, _ := object["spec"].(map[string]any)
		for _, key := range []string{"initContainers", "containers", "ephemeralContainers"} {
			list, _ := spec[key].([]any)
			for _, item := range list {
				container, _ := item.(map[string]any)
				if image, _ := container["image"].(string); image != "" {
					*found = append(*found, image)
				}
			}
		}
	}
}
