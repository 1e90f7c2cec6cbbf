// Nothing of ours: the target ContainerDependencies exists so that an image's layer can compile the packages of others
// by themselves (deploy/container/Dockerfile).
