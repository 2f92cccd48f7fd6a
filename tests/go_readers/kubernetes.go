package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"sigs.k8s.io/yaml"
)

// kubernetes gives the images of every Pod, also where a later document cannot be read.
func kubernetes(files [][]byte) ([]string, error) {
	var images []string
	var failed error
	for _, document := range documents(files[0]) {
		var value any
		if err := yaml.Unmarshal(document, &value); err != nil {
			failed = err
			continue
		}
		pods(value, &images)
	}
	if bytes.HasPrefix(bytes.TrimSpace(files[0]), []byte("{")) {
		decoder := json.NewDecoder(bytes.NewReader(files[0]))
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
			pods(value, &images)
		}
	}
	return images, failed
}

// documents splits as apimachinery's YAMLReader does (util/yaml/decoder.go).
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

func pods(value any, images *[]string) {
	object, _ := value.(map[string]any)
	switch object["kind"] {
	case "List":
		items, _ := object["items"].([]any)
		for _, item := range items {
			pods(item, images)
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
					*images = append(*images, image)
				}
			}
		}
	}
}
