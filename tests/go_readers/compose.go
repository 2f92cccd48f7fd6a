package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// compose gives the images of all services, those of profiles included. GIVEN is a variable of the environment.
func compose(files [][]byte) (images []string, err error) {
	directory := os.Args[2]
	given := map[string]string{"GIVEN": "given"}
	lookup := func(name string) (string, bool) { value, ok := given[name]; return value, ok }
	environment, err := dotenv.ParseWithLookup(strings.NewReader(string(files[1])), lookup)
	if err != nil {
		return nil, err
	}
	for name, value := range given {
		environment[name] = value
	}
	file := types.ConfigFile{Filename: filepath.Join(directory, "compose.yaml"), Content: files[0]}
	details := types.ConfigDetails{
		WorkingDir:  directory,
		Environment: environment,
		ConfigFiles: []types.ConfigFile{file},
	}
	project, err := loader.LoadWithContext(context.Background(), details, func(options *loader.Options) {
		options.SetProjectName("project", true)
		options.Profiles = []string{"*"}
	})
	if err != nil {
		return nil, err
	}
	for _, services := range []types.Services{project.Services, project.DisabledServices} {
		for _, service := range services {
			if service.Image != "" {
				images = append(images, service.Image)
			}
		}
	}
	return images, nil
}
